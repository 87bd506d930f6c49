import type { NewEvent } from '../../src/domain/kernel/event.js';
import { type Appended, type Expected, LedgerUnavailable, LedgerUnreadable, WrongExpectedRevision } from '../../src/domain/ports/ledger.js';
import { LateLedger } from './late-ledger.js';

/** How an append fails: nothing was written, or nobody can tell whether it was, or somebody else was faster again and again. */
export type AppendFault = 'refused' | 'in doubt' | 'overtaken';
export type ReadFault = 'away' | 'unreadable';

/** One node's way to a ledger, on which one append or one read of a request fails. */
export class FailingLedger extends LateLedger {
  private fault: ((kind: 'append' | 'read', stream: string, expected?: Expected) => AppendFault | ReadFault | undefined) | undefined;
  private hit = false;
  /** Reads are remembered by whoever reads: each kind of stream fails once for everybody. */
  private readonly failed = new Set<string>();

  /** From now on the `n`th stream that is written to can't be. */
  failAppend(n: number, how: AppendFault): void {
    const written: string[] = [];
    this.fault = (kind, stream, expected) => {
      // Nobody is overtaken who expects nothing.
      if (kind === 'read' || (how === 'overtaken' && expected === 'any')) return undefined;
      if (!written.includes(stream)) written.push(stream);
      return written[n - 1] === stream ? how : undefined;
    };
  }

  /** From now on the first kind of stream that has not failed in this way yet can't be read. */
  failRead(how: ReadFault): void {
    let chosen: string | undefined;
    this.fault = (kind, stream) => {
      const category = `${how} ${stream.split('-')[0]}`;
      if (kind === 'append' || (chosen === undefined ? this.failed.has(category) : chosen !== category)) return undefined;
      chosen = category;
      this.failed.add(category);
      return how;
    };
  }

  /** All is well again; true when something has failed. */
  mend(): boolean {
    const { hit } = this;
    this.fault = undefined;
    this.hit = false;
    return hit;
  }

  override async append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const fault = this.fault?.('append', stream, expected);
    if (fault === undefined) return super.append(stream, expected, events);
    this.hit = true;
    if (fault === 'overtaken') throw new WrongExpectedRevision(stream, expected, 'none');
    if (fault === 'in doubt') await super.append(stream, expected, events);
    throw new LedgerUnavailable('a test');
  }

  override async readStream(stream: string, from?: number) {
    const fault = this.fault?.('read', stream);
    if (fault === undefined) return super.readStream(stream, from);
    this.hit = true;
    throw fault === 'away' ? new LedgerUnavailable('a test') : new LedgerUnreadable('a test');
  }
}
