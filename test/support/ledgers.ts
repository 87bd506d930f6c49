import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentEvents } from '../../src/domain/agent/agent.events.js';
import type { DomainEvent, NewEvent, Position, RecordedEvent } from '../../src/domain/kernel/event.js';
import { tokenEvents } from '../../src/domain/token/token.events.js';
import type { Ledger, LedgerFilter, LedgerSubscription } from '../../src/domain/ports/ledger.js';
import { EventStoreLedger } from '../../src/platform/ledger/event-store-ledger.js';
import { MemoryLedger } from './memory-ledger.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';

export interface OpenLedger {
  readonly ledger: Ledger;
  /** Closes the ledger and removes what it left behind. */
  dispose(): Promise<void>;
}

export interface LedgerAdapter {
  readonly name: string;
  /** Why it can't run here, and what would let it. */
  readonly skipped?: string;
  open(now?: () => number): Promise<OpenLedger>;
}

export const eventStoreUrl = process.env['EVENTSTORE_URL'];

/** Every implementation of the port. */
export const ledgerAdapters: readonly LedgerAdapter[] = [
  {
    name: 'MemoryLedger',
    open: async (now = Date.now) => {
      const ledger = new MemoryLedger(now);
      return { ledger, dispose: () => ledger.close() };
    },
  },
  {
    name: 'SqliteLedger',
    open: async (now = Date.now) => {
      const directory = temporaryDirectory();
      const ledger = await SqliteLedger.open({ file: join(directory.path, 'ledger.db'), now });
      return {
        ledger,
        dispose: async () => {
          await ledger.close();
          directory.remove();
        },
      };
    },
  },
  {
    name: 'EventStoreLedger',
    ...(eventStoreUrl ? {} : { skipped: 'set EVENTSTORE_URL, for example to esdb://127.0.0.1:2113?tls=false, to run it against a server' }),
    open: async () => {
      const ledger = await EventStoreLedger.connect({ url: eventStoreUrl ?? '', patience: 45_000 });
      return { ledger, dispose: () => ledger.close() };
    },
  },
];

export const temporaryDirectory = (): { readonly path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'mandate-ledger-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

/** A part of stream names that nobody else uses, so that cases can share one store. */
export const unique = (): string => randomUUID().replaceAll('-', '').slice(0, 16);

/** What specs of the ledger itself write is about nobody, and stands in any stream. */
const MADE_UP = 'cor_1';
export const isMadeUp = ({ correlationId }: NewEvent): boolean => correlationId === MADE_UP;

export const envelope = <E extends DomainEvent>({ type, data }: E, id: string = randomUUID()): NewEvent<E> => ({
  id,
  type,
  version: 1,
  data,
  tenant: 'tnt_contract',
  actor: { kind: 'user', id: 'usr_ada', act: { kind: 'agent', id: 'agt_1' } },
  correlationId: MADE_UP,
  causationId: 'cmd_1',
});
export const suspended = (reason: string, id?: string): NewEvent => envelope(agentEvents.AgentSuspended({ agentId: 'agt_1', reason }), id);
export const revoked = (jti: string, id?: string): NewEvent =>
  envelope(tokenEvents.TokenRevoked({ jti, agentId: 'agt_1', reason: 'asked' }), id);

/** The text that `suspended` was given. */
export const reasonOf = (event: RecordedEvent): string => (event.data as { reason: string }).reason;
export const reasonsOf = (events: readonly RecordedEvent[]): readonly string[] => events.map(reasonOf);

/** Everything after `after`, in pages of `limit`. */
export const readEverything = async (
  ledger: Ledger,
  after: Position,
  filter?: LedgerFilter,
  limit = 500,
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for (let at = after; ; ) {
    const page = await ledger.readAll(at, limit, filter);
    events.push(...page.events);
    at = page.next;
    if (page.atEnd) return events;
  }
};

/** Takes events from a subscription until there are `count` of them. */
export const takeEvents = async (subscription: LedgerSubscription, count: number): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  if (count === 0) return events;
  for await (const item of subscription) {
    if (item.kind === 'event') events.push(item.event);
    if (events.length === count) break;
  }
  return events;
};
