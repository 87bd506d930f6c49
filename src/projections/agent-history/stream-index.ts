import type { Position, RecordedEvent } from '../../domain/kernel/event.js';
import type { Ledger } from '../../domain/ports/ledger.js';

/** What a history has to know of an event before it shows it. */
export interface IndexedEvent {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly recordedAt: string;
  readonly tenant: string;
  readonly grantId?: string;
  readonly authorizationId?: string;
  readonly approvalId?: string;
  /** Of an issued token: it has a stream of its own once it is revoked. */
  readonly token?: { readonly jti: string; readonly expiresAt: number };
}

/** Events that are read at once: what they take to parse is the longest that anything else waits for them. */
const AT_ONCE = 500;

/** The events of one stream, in order, without most of what they say. Read once; after that only what is new. */
export class StreamIndex {
  private readonly events: IndexedEvent[] = [];
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly ledger: Ledger, private readonly stream: string) {}

  get size(): number {
    return this.events.length;
  }

  /** Everything that was in the stream when this was called. Rejects with what the ledger rejects with. */
  upToDate(): Promise<readonly IndexedEvent[]> {
    // One after another: two readers of the same tail would put it in twice.
    const mine = this.turn.then(() => this.readTail(), () => this.readTail());
    this.turn = mine;
    return mine;
  }

  private async readTail(): Promise<readonly IndexedEvent[]> {
    for (;;) {
      const from = (this.events.at(-1)?.revision ?? -1) + 1;
      const tail = await this.ledger.readStream(this.stream, from, AT_ONCE);
      for (const event of tail) this.events.push(indexed(event, this.events.at(-1)));
      if (tail.length < AT_ONCE) return this.events;
    }
  }
}

/** Each event comes with names of its own; those that say the same as the one before are kept once. */
const indexed = ({ id, stream, revision, position, recordedAt, tenant, type, data }: RecordedEvent, before: IndexedEvent | undefined): IndexedEvent => {
  const { grantId, authorizationId, approvalId, jti, expiresAt } = data as { grantId?: unknown; authorizationId?: unknown; approvalId?: unknown; jti: string; expiresAt: number };
  return {
    id, stream: same(stream, before?.stream), revision, position, recordedAt, tenant: same(tenant, before?.tenant),
    ...(typeof grantId === 'string' ? { grantId: same(grantId, before?.grantId) } : {}), ...(typeof authorizationId === 'string' ? { authorizationId } : {}),
    // Who only looked at a request has no part in what became of it.
    ...(typeof approvalId === 'string' && type !== 'ApprovalRevealed' ? { approvalId } : {}),
    ...(type === 'TokenIssued' ? { token: { jti, expiresAt } } : {}),
  };
};

const same = (text: string, before: string | undefined): string => (text === before ? before : text);
