import type { Principal } from '../grant/principal.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import type { History } from '../policy/access-request.js';
import type { ActivityEvent } from './activity.events.js';

const DAY = 86_400;
/** Pairs of principal and target that are remembered of one agent; of others there is no history then, and conditions on it deny. */
export const MOST_PAIRS = 50_000;

/** How often something was issued, and when last (seconds since 1970). */
interface Count {
  readonly last: number;
  /** Of `last`'s day, UTC. */
  readonly thatDay: number;
}

const oneMore = (count: Count | undefined, at: number): Count => {
  // The ledger's time never goes back, and a clock that does counts for the latest day.
  const last = Math.max(at, count?.last ?? 0);
  return { last, thatDay: (count && dayOf(count.last) === dayOf(last) ? count.thatDay : 0) + 1 };
};
export const dayOf = (seconds: number): number => Math.floor(seconds / DAY);
const todayOf = (count: Count | undefined, now: number): number => (count && dayOf(count.last) >= dayOf(now) ? count.thatDay : 0);
const dormantOf = (count: Count | undefined, now: number): number => (count ? Math.max(0, Math.floor((now - count.last) / DAY)) : 0);

export interface UsageQuestion {
  readonly principal: Principal;
  /** Id of the resource or connection. */
  readonly targetId: string;
  readonly now: number;
  /** The position of an event: what was before it is asked for, when it is the last that was seen. */
  readonly before?: Position | undefined;
}

/**
 * What an agent was issued, as far as decisions about history need it: tokens, and access to services. It is changed in
 * place, for it may be large and every issuance is a step; the step that was taken last can be looked behind, so that an
 * issuance that is decided again at its own place does not find itself.
 */
export class Usage {
  private all: Count | undefined;
  private readonly pairs = new Map<string, Count>();
  private last: { readonly position: Position; readonly pair: string; readonly all: Count | undefined; readonly count: Count | undefined } | undefined;

  add(pair: string, { position, recordedAt }: RecordedEvent): void {
    const count = this.pairs.get(pair);
    const at = Math.floor(Date.parse(recordedAt) / 1000);
    this.last = { position, pair, all: this.all, count };
    this.all = oneMore(this.all, at);
    if (count || this.pairs.size < MOST_PAIRS) this.pairs.set(pair, oneMore(count, at));
  }

  /** Undefined when it is not known. */
  history({ principal, targetId, now, before }: UsageQuestion): History | undefined {
    const pair = pairOf(principal, targetId);
    const behind = this.last !== undefined && this.last.position === before ? this.last : undefined;
    const count = behind?.pair === pair ? behind.count : this.pairs.get(pair);
    if (!count && this.pairs.size >= MOST_PAIRS) return undefined;
    const all = behind ? behind.all : this.all;
    return {
      firstUse: count === undefined, daysDormant: dormantOf(count, now), countToday: todayOf(count, now),
      agentDaysDormant: dormantOf(all, now), agentCountToday: todayOf(all, now),
    };
  }
}

export const pairOf = ({ kind, id }: Principal, targetId: string): string => `${kind} ${id} ${targetId}`;

/** For whom and what the event issues something; undefined when it does not. */
export const issuedPair = (event: RecordedEvent): string | undefined => {
  const { type, data } = event as unknown as ActivityEvent;
  if (type === 'TokenIssued') return pairOf(data.principal, data.resourceId);
  return type === 'CredentialLent' ? pairOf(data.principal, data.connectionId) : undefined;
};

/** The fold of an agent's activity. What was voided was issued too: it happens in a race, and to count it allows nothing more. */
export const usage = {
  initial: undefined as Usage | undefined,
  evolve(state: Usage | undefined, event: RecordedEvent): Usage {
    const usage = state ?? new Usage();
    const pair = issuedPair(event);
    if (pair !== undefined) usage.add(pair, event);
    return usage;
  },
};

/** Of an agent without any activity. */
export const historyOf = (state: Usage | undefined, question: UsageQuestion): History | undefined => (state ?? new Usage()).history(question);
