import type { Scope } from './oauth-model.js';

export const ANSWER_SECONDS = 300;
export const COLLECT_SECONDS = 120;
export const HOUR = 3600;
export const MOST_QUESTIONS = 10;
export const MOST_REFUSED = 20;

export interface AskedApproval {
  readonly scopes: readonly Scope[];
  readonly askedAt: number;
  state: 'pending' | 'approved' | 'no' | 'used';
  /** When it got this state. */
  since: number;
}

/** What one agent asks one person to confirm: one question about one thing at a time, ten an hour, a no holds for an hour, twenty refused are too many. */
export class ApprovalsModel {
  readonly asked: AskedApproval[] = [];
  private refusals: number[] = [];

  ask(scopes: readonly Scope[], now: number): AskedApproval | 'refused' | 'exhausted' {
    const last = this.asked.findLast((one) => one.scopes.join(' ') === scopes.join(' '));
    if (last && this.isOpen(last, now)) return last;
    const isNo = last?.state === 'no' && now < last.since + HOUR;
    if (isNo || this.asked.filter(({ askedAt }) => askedAt > now - HOUR).length >= MOST_QUESTIONS) return this.refuse(now);
    const approval: AskedApproval = { scopes, askedAt: now, state: 'pending', since: now };
    this.asked.push(approval);
    return approval;
  }

  /** The person's answer, or that they take it back; false when it changes nothing. */
  answer(approval: AskedApproval, answer: 'yes' | 'no' | 'withdraw', now: number): boolean {
    const expected = answer === 'withdraw' ? 'approved' : 'pending';
    if (approval.state !== expected || !this.isOpen(approval, now)) return false;
    Object.assign(approval, { state: answer === 'yes' ? 'approved' : 'no', since: now });
    return true;
  }

  /** Once. */
  use(approval: AskedApproval, now: number): boolean {
    if (approval.state !== 'approved' || !this.isOpen(approval, now)) return false;
    Object.assign(approval, { state: 'used', since: now });
    return true;
  }

  private isOpen({ state, askedAt, since }: AskedApproval, now: number): boolean {
    if (state === 'pending') return now < askedAt + ANSWER_SECONDS;
    return state === 'approved' && now < Math.max(askedAt + ANSWER_SECONDS, since + COLLECT_SECONDS);
  }

  private refuse(now: number): 'refused' | 'exhausted' {
    this.refusals = [...this.refusals.filter((at) => at > now - HOUR), now];
    if (this.refusals.length < MOST_REFUSED) return 'refused';
    this.refusals = [];
    return 'exhausted';
  }
}
