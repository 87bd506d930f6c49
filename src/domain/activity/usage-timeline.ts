import type { RecordedEvent } from '../kernel/event.js';
import type { History } from '../policy/access-request.js';
import { MOST_PAIRS, type UsageQuestion, dayOf, issuedPair, pairOf } from './usage.js';

/** When something was issued: the event's place in the agent's activity, and seconds since 1970. Both only rise. */
interface Times {
  readonly revisions: number[];
  readonly at: number[];
}
const times = (): Times => ({ revisions: [], at: [] });

/** An agent's use as Usage tells it, but of any moment: what was known when the first so many events had been seen. */
export class UsageTimeline {
  private readonly all = times();
  private readonly pairs = new Map<string, Times>();
  /** Where each of the pairs that are remembered came up first. */
  private readonly firsts: number[] = [];
  /** Events that were added, of whatever type. */
  count = 0;

  add(event: RecordedEvent): void {
    this.count = event.revision + 1;
    const pair = issuedPair(event);
    if (pair === undefined) return;
    const at = Math.floor(Date.parse(event.recordedAt) / 1000);
    push(this.all, event.revision, at);
    const known = this.pairs.get(pair);
    if (known) return push(known, event.revision, at);
    if (this.pairs.size >= MOST_PAIRS) return undefined;
    const made = times();
    push(made, event.revision, at);
    this.pairs.set(pair, made);
    this.firsts.push(event.revision);
  }

  history(seen: number, { principal, targetId, now }: UsageQuestion): History | undefined {
    const mine = countsAt(this.pairs.get(pairOf(principal, targetId)), seen, now);
    if (mine.firstUse && below(this.firsts, seen) >= MOST_PAIRS) return undefined;
    const all = countsAt(this.all, seen, now);
    return { firstUse: mine.firstUse, daysDormant: mine.dormant, countToday: mine.today, agentDaysDormant: all.dormant, agentCountToday: all.today };
  }
}

const push = ({ revisions, at }: Times, revision: number, time: number): void => {
  revisions.push(revision);
  at.push(Math.max(time, at.at(-1) ?? 0));
};

const countsAt = (of: Times | undefined, seen: number, now: number): { firstUse: boolean; dormant: number; today: number } => {
  const count = of ? below(of.revisions, seen) : 0;
  if (!of || count === 0) return { firstUse: true, dormant: 0, today: 0 };
  const last = of.at[count - 1]!;
  const thatDay = dayOf(last);
  const today = thatDay >= dayOf(now) ? count - below(of.at, thatDay * 86_400, count) : 0;
  return { firstUse: false, dormant: Math.max(0, Math.floor((now - last) / 86_400)), today };
};

/** How many of the first `length` numbers, which only rise, are smaller than the limit. */
const below = (numbers: readonly number[], limit: number, length = numbers.length): number => {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
};
