import { Injectable } from '@nestjs/common';
import { type Position, type RecordedEvent, isAfter } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Ledger } from '../../domain/ports/ledger.js';
import { mentionedStreams, tokenStreams } from './mentions.js';
import type { IndexedEvent } from './stream-index.js';
import { StreamIndexes } from './stream-indexes.js';

export interface HistoryQuestion {
  readonly tenant: string;
  readonly agentId: string;
  /** Only what comes after. */
  readonly after: Position;
  readonly limit: number;
  /** Only what was recorded up to this moment (ISO 8601) or stands up to this position. */
  readonly until?: { readonly time: string } | { readonly position: Position };
  /** Grants and authorizations that a read model knows of and the agent's own streams need not mention: never used ones. */
  readonly alsoStreams?: readonly string[];
}
export interface HistoryPage {
  readonly events: readonly RecordedEvent[];
  /** Undefined when this is the end. */
  readonly next: Position | undefined;
}

const READS_AT_ONCE = 16;

/**
 * Everything that happened to an agent and everything it did, from the ledger itself: no read model stands between, so it
 * is never behind and can't be wrong. Merged by position; an event that stands twice counts once. Where events stand is kept
 * in memory from one page to the next; what they say is read when they are shown.
 */
@Injectable()
export class AgentHistory {
  private readonly indexes: StreamIndexes;

  constructor(private readonly ledger: Ledger) {
    this.indexes = new StreamIndexes(ledger);
  }

  /** Undefined when the tenant has no such agent. */
  async page(question: HistoryQuestion): Promise<HistoryPage | undefined> {
    const { tenant, agentId, after, limit } = question;
    const [own, activity] = await Promise.all([this.find(streams.agent(agentId), question), this.find(streams.activity(agentId), question)]);
    if (own.length === 0 || own[0]!.tenant !== tenant) return undefined;
    const direct = [...own, ...activity];
    const mentioned = await this.findAll([...mentionedStreams(direct), ...(question.alsoStreams ?? [])], question);
    // A code that was never redeemed names a grant that nothing else does.
    const grants = await this.findAll([...mentionedStreams(mentioned)].filter((name) => !mentioned.some(({ stream }) => stream === name)), question);
    const events = merged([...direct, ...mentioned, ...grants]);
    const tokens = await this.findAll(tokenStreams(events, after, limit), question);
    const rest = merged([...events, ...tokens]).filter(({ position }) => isAfter(position, after));
    return { events: await this.read(rest.slice(0, limit)), next: rest.length > limit ? rest[limit - 1]!.position : undefined };
  }

  private async findAll(names: readonly string[], question: HistoryQuestion): Promise<readonly IndexedEvent[]> {
    const events: IndexedEvent[] = [];
    for (let at = 0; at < names.length; at += READS_AT_ONCE) {
      // A few at a time: thousands of reads at once would stand in front of everybody else's.
      const some = await Promise.all(names.slice(at, at + READS_AT_ONCE).map((name) => this.find(name, question)));
      events.push(...some.flat());
    }
    return events;
  }

  /** Another tenant's events are not there, whatever names them. */
  private async find(stream: string, { tenant, until }: HistoryQuestion): Promise<readonly IndexedEvent[]> {
    const events = await this.indexes.of(stream);
    return events.filter((event) => event.tenant === tenant && isUpTo(event, until));
  }

  /** What the events say, in the same order. */
  private async read(shown: readonly IndexedEvent[]): Promise<readonly RecordedEvent[]> {
    const found = new Map<string, RecordedEvent>();
    const parts = new Map<string, { readonly first: number; readonly last: number }>();
    for (const { stream, revision } of shown) parts.set(stream, { first: parts.get(stream)?.first ?? revision, last: revision });
    for (const [stream, { first, last }] of parts) {
      for (const event of await this.ledger.readStream(stream, first, last - first + 1)) if (!found.has(event.id)) found.set(event.id, event);
    }
    return shown.map(({ id }) => found.get(id)!);
  }
}

const isUpTo = ({ recordedAt, position }: IndexedEvent, until: HistoryQuestion['until']): boolean => {
  if (!until) return true;
  return 'time' in until ? recordedAt <= until.time : !isAfter(position, until.position);
};

const merged = (events: readonly IndexedEvent[]): readonly IndexedEvent[] => {
  const byId = new Map<string, IndexedEvent>();
  const ordered = [...events].sort((a, b) => (isAfter(a.position, b.position) ? 1 : isAfter(b.position, a.position) ? -1 : 0));
  for (const event of ordered) if (!byId.has(event.id)) byId.set(event.id, event);
  return [...byId.values()];
};
