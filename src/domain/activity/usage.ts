import type { Principal } from '../grant/principal.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import type { History } from '../policy/access-request.js';
import type { ActivityEvent } from './activity.events.js';

const DAY = 86_400;
/** Pairs of principal and target that are remembered of one agent; of others there is no history then, and conditions on it deny. */
export const MOST_PAIRS = 50_000;

export const dayOf = (seconds: number): number => Math.floor(seconds / DAY);

/** How often something was issued on its last day (UTC; 0: never), and when last (seconds since 1970). */
class Count {
  private last = 0;
  private thatDay = 0;

  get isNone(): boolean {
    return this.thatDay === 0;
  }

  add(at: number): void {
    // The ledger's time never goes back, and a clock that does counts for the latest day.
    const last = Math.max(at, this.last);
    this.thatDay = (dayOf(this.last) === dayOf(last) ? this.thatDay : 0) + 1;
    this.last = last;
  }

  become({ last, thatDay }: Count): void {
    this.last = last;
    this.thatDay = thatDay;
  }

  today(now: number): number {
    return dayOf(this.last) >= dayOf(now) ? this.thatDay : 0;
  }

  dormant(now: number): number {
    return this.isNone ? 0 : Math.max(0, Math.floor((now - this.last) / DAY));
  }
}
const NONE = new Count();

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
  private readonly all = new Count();
  private readonly pairs = new Map<string, Count>();
  /** The step that was taken last: where, on which of the pairs, and what was counted before it. Changed in place as well. */
  private last: Position | undefined;
  private stepped: Count | undefined;
  private readonly allBefore = new Count();
  private readonly pairBefore = new Count();

  add(pair: string, { position, recordedAt }: RecordedEvent): void {
    const at = Math.floor(Date.parse(recordedAt) / 1000);
    const count = this.pairs.get(pair) ?? this.begin(pair);
    this.allBefore.become(this.all);
    this.all.add(at);
    this.pairBefore.become(count ?? NONE);
    count?.add(at);
    this.last = position;
    this.stepped = count;
  }

  /** Undefined when there is no room for one more. */
  private begin(pair: string): Count | undefined {
    if (this.pairs.size >= MOST_PAIRS) return undefined;
    const count = new Count();
    this.pairs.set(pair, count);
    return count;
  }

  /** Undefined when it is not known. */
  history({ principal, targetId, now, before }: UsageQuestion): History | undefined {
    const isBehind = this.last !== undefined && this.last === before;
    const known = this.pairs.get(pairOf(principal, targetId));
    const count = isBehind && known === this.stepped ? this.pairBefore : known ?? NONE;
    if (count.isNone && this.pairs.size >= MOST_PAIRS) return undefined;
    const all = isBehind ? this.allBefore : this.all;
    return { firstUse: count.isNone, daysDormant: count.dormant(now), countToday: count.today(now), agentDaysDormant: all.dormant(now), agentCountToday: all.today(now) };
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
