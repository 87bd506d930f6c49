import { setImmediate } from 'node:timers/promises';
import { type Position, START, isAfter } from '../../domain/kernel/event.js';
import { type Backup, type BackupContent, Backups } from '../../domain/ports/backups.js';
import type { Clock } from '../../domain/ports/clock.js';
import { LedgerUnavailable } from '../../domain/ports/ledger.js';
import { type KeptEvent, type KeptLog, LinesDigest, lineOf } from '../ledger/kept-log.js';
import type { SealedRows } from '../vault/sealed-rows.js';
import { ARCHIVE_FORMAT, type ArchiveHead, endLine, eventLine, headLine, secretLine, secretOf } from './archive-format.js';
import { HUB_VERSION } from './hub-version.js';

/** Small enough that whoever waits for the ledger's thread or for this one waits for a millisecond or two. */
const EVENTS_AT_ONCE = 250;
const SECRETS_AT_ONCE = 250;

export interface BackedUp {
  /** Undefined where the ledger can't be read as it is kept. */
  readonly log: KeptLog | undefined;
  readonly rows: Pick<SealedRows, 'keyId' | 'page'>;
  readonly clock: Clock;
}

/**
 * A prefix of a log that only grows is a snapshot of it, so nothing is locked and nothing is copied aside: events are read
 * page by page up to the place that was the end when the backup began, between everybody else's reads and writes.
 */
export class StoreBackups extends Backups {
  constructor(private readonly stores: BackedUp) {
    super();
  }

  override async begin(backupId: string): Promise<Backup> {
    const { log, rows, clock } = this.stores;
    if (!log) throw new LedgerUnavailable('this ledger can\'t be backed up');
    // First the end of the ledger, then the vault (backups.ts).
    const through = await log.head();
    const vaultKey = await rows.keyId();
    if (vaultKey === undefined) throw new LedgerUnavailable('the vault has not been used yet');
    const takenAt = new Date(clock.now()).toISOString();
    return new StoreBackup(log, rows, { mandate: 'backup', format: ARCHIVE_FORMAT, backupId, hub: HUB_VERSION, takenAt, through, vaultKey });
  }
}

class StoreBackup implements Backup {
  private readonly ledger = new LinesDigest();
  private readonly vault = new LinesDigest();

  constructor(private readonly log: KeptLog, private readonly rows: BackedUp['rows'], private readonly head: ArchiveHead) {}

  get through(): Position {
    return this.head.through;
  }

  async *lines(): AsyncGenerator<readonly string[]> {
    yield [headLine(this.head)];
    yield* this.secrets();
    yield* this.events();
  }

  content(): BackupContent {
    const { ledger, vault } = this;
    return { events: ledger.lines, ledgerDigest: ledger.value(), secrets: vault.lines, vaultDigest: vault.value() };
  }

  end(): string {
    return endLine(this.content());
  }

  /** Row by row: each is a secret of its own, and one that changes meanwhile is there as it was or as it is. */
  private async *secrets(): AsyncGenerator<readonly string[]> {
    for (let page = await this.rows.page(undefined, SECRETS_AT_ONCE); page.length > 0; page = await this.rows.page(page.at(-1), SECRETS_AT_ONCE)) {
      const secrets = page.map(secretOf);
      for (const secret of secrets) this.vault.add(secret);
      yield secrets.map(secretLine);
    }
  }

  private async *events(): AsyncGenerator<readonly string[]> {
    for (let after = START; isAfter(this.through, after);) {
      const { events, next, atEnd } = await this.log.readKept(after, EVENTS_AT_ONCE);
      const lines = events.filter(({ position }) => !isAfter(position, this.through)).map((event) => this.counted(event));
      if (lines.length > 0) yield lines.map(eventLine);
      if (atEnd && isAfter(this.through, next)) throw new LedgerUnavailable('the ledger ends before the place that was its end');
      after = next;
      // Requests that came in meanwhile go first.
      await setImmediate();
    }
  }

  private counted(event: KeptEvent): string {
    const line = lineOf(event);
    this.ledger.add(line);
    return line;
  }
}

/** The ledger as it is kept, where it can be read like that. */
export const keptLogOf = (ledger: object): KeptLog | undefined => ('readKept' in ledger ? (ledger as KeptLog) : undefined);
