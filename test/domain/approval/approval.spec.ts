import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Approval, type ApprovalCommand, approval, isOver } from '../../../src/domain/approval/approval.decider.js';
import type { ApprovalEvent, RequestedApproval } from '../../../src/domain/approval/approval.events.js';
import { APPROVAL_LIFETIME, COLLECT_LIFETIME } from '../../../src/domain/approval/lifetimes.js';
import { fold } from '../../../src/domain/kernel/decider.js';
import { Refusal } from '../../../src/domain/kernel/refusal.js';

const NOW = 1_800_000_000;
const REQUESTED: RequestedApproval = {
  approvalId: 'apr_1', approver: { kind: 'user', id: 'usr_1' }, userId: 'usr_1', purpose: 'token', agentId: 'agt_1', clientId: 'agt_1', principal: { kind: 'user', id: 'usr_1' },
  targetId: 'res_1', scopes: ['refund'], grantType: 'client_credentials', authorizationDetails: '', bindingMessage: '', actionDigest: 'd', ruleIds: ['ask'], at: NOW, expiresAt: NOW + APPROVAL_LIFETIME,
};
const request: ApprovalCommand = { type: 'RequestApproval', requested: REQUESTED };
const confirm = (now = NOW, number: 'right' | 'wrong' = 'right'): ApprovalCommand => ({ type: 'ConfirmApproval', userId: 'usr_1', number, authTime: now, methods: ['hwk'], now });
const deny = (now = NOW): ApprovalCommand => ({ type: 'DenyApproval', userId: 'usr_1', reason: 'person', now });
const expire = (now = NOW): ApprovalCommand => ({ type: 'ExpireApproval', now });
const withdraw = (now = NOW): ApprovalCommand => ({ type: 'WithdrawApproval', userId: 'usr_1', reason: 'person', now });
const consume = (now = NOW): ApprovalCommand => ({ type: 'ConsumeApproval', now });
const apply = (state: Approval, command: ApprovalCommand): Approval => fold({ initial: state, evolve: approval.evolve }, approval.decide(command, state));
const after = (...commands: readonly ApprovalCommand[]): Approval => commands.reduce(apply, approval.initial);

describe('an approval', () => {
  it('is used once, after it was confirmed, and never again (SU-03)', () => {
    const confirmed = after(request, confirm());
    expect(() => approval.decide(consume(), after(request))).toThrow('Nobody has confirmed');
    const used = apply(confirmed, consume());
    expect(used).toMatchObject({ status: 'consumed' });
    for (const again of [consume(), confirm(), deny()]) expect(() => approval.decide(again, used)).toThrow('used already');
  });

  it('ends with a no, with its time, and with three wrong numbers (SU-05)', () => {
    expect(() => approval.decide(confirm(), after(request, deny()))).toThrow('The answer was no');
    expect(() => approval.decide(confirm(NOW + APPROVAL_LIFETIME), after(request))).toThrow('time for it is over');
    const wrong = [confirm(NOW, 'wrong'), confirm(NOW, 'wrong')];
    expect(after(request, ...wrong)).toMatchObject({ status: 'pending', wrongNumbers: 2 });
    expect(after(request, ...wrong, confirm())).toMatchObject({ status: 'approved' });
    expect(after(request, ...wrong, confirm(NOW, 'wrong'))).toMatchObject({ status: 'denied' });
  });

  it('is taken back between its yes and its use, and not before or after', () => {
    expect(() => approval.decide(withdraw(), after(request))).toThrow('Nobody has confirmed');
    expect(() => approval.decide(withdraw(), after(request, confirm(), consume()))).toThrow('used already');
    const withdrawn = after(request, confirm(), withdraw());
    expect(withdrawn).toMatchObject({ status: 'withdrawn', withdrawal: { userId: 'usr_1', reason: 'person' } });
    for (const late of [consume(), confirm(), deny(), withdraw()]) expect(() => approval.decide(late, withdrawn)).toThrow('taken back');
    expect(() => approval.decide(withdraw(NOW + APPROVAL_LIFETIME), after(request, confirm()))).toThrow('time for it is over');
  });

  it('that was confirmed late leaves the agent time to come for it, and no more', () => {
    const late = NOW + APPROVAL_LIFETIME - 1;
    const confirmed = after(request, confirm(late));
    expect(apply(confirmed, consume(late + COLLECT_LIFETIME - 1))).toMatchObject({ status: 'consumed' });
    expect(() => approval.decide(consume(late + COLLECT_LIFETIME), confirmed)).toThrow('time for it is over');
    expect(approval.decide(expire(late), confirmed)).toEqual([]);
    expect(apply(confirmed, expire(late + COLLECT_LIFETIME))).toMatchObject({ status: 'expired' });
  });

  it('asked for a second time stays the one that it is', () => {
    for (const state of [after(request), after(request, confirm()), after(request, deny())]) expect(approval.decide(request, state)).toEqual([]);
  });

  it('whatever is tried in whatever order: consumed at most once, only after a yes within its time, and nothing follows an end', () => {
    const at = fc.integer({ min: 0, max: APPROVAL_LIFETIME + COLLECT_LIFETIME + 10 });
    const step = fc.tuple(at, fc.constantFrom('request', 'right', 'wrong', 'deny', 'withdraw', 'expire', 'consume'));
    const commandOf = (what: string, now: number): ApprovalCommand => {
      if (what === 'request') return request;
      if (what === 'right' || what === 'wrong') return confirm(now, what);
      if (what === 'withdraw') return withdraw(now);
      return what === 'deny' ? deny(now) : what === 'expire' ? expire(now) : consume(now);
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      let state: Approval = approval.initial;
      const events: ApprovalEvent[] = [];
      for (const [offset, what] of [...steps].sort(([a], [b]) => a - b)) {
        const now = NOW + offset;
        const command = commandOf(what, now);
        let made: readonly ApprovalEvent[] = [];
        try {
          made = approval.decide(command, state);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
        const before = state;
        state = fold({ initial: state, evolve: approval.evolve }, made);
        events.push(...made);
        if (made.some(({ type }) => type === 'ApprovalConsumed')) expect([before.status, before.status !== 'unknown' && isOver(before, now)]).toEqual(['approved', false]);
        if (made.some(({ type }) => type === 'ApprovalConfirmed')) expect([before.status, offset < APPROVAL_LIFETIME]).toEqual(['pending', true]);
      }
      const types = events.map(({ type }) => type);
      const ends = types.findIndex((type) => ['ApprovalDenied', 'ApprovalExpired', 'ApprovalConsumed'].includes(type));
      if (ends >= 0) expect(types.length).toBe(ends + 1);
      expect(types.filter((type) => type === 'ApprovalRequested').length).toBeLessThanOrEqual(1);
      expect(types.filter((type) => type === 'ApprovalConfirmed').length).toBeLessThanOrEqual(1);
    }), { seed: 20_261_127, numRuns: 500 });
  });
});
