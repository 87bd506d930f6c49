import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { type ApprovalEvent, type RequestedApproval, approvalEvents as on } from './approval.events.js';
import { COLLECT_LIFETIME, MOST_NUMBERS } from './lifetimes.js';

export type Approval =
  | { readonly status: 'unknown' }
  | (Omit<RequestedApproval, 'authorizationDetails' | 'bindingMessage'> & {
      readonly status: 'pending' | 'approved' | 'denied' | 'withdrawn' | 'expired' | 'consumed';
      /** When it got this status. */
      readonly since: number;
      readonly wrongNumbers: number;
      readonly denial?: { readonly userId: string; readonly reason: 'person' | 'administrator' | 'number'; readonly because?: string | undefined };
      readonly withdrawal?: { readonly userId: string; readonly reason: 'person' | 'administrator'; readonly because?: string | undefined };
      readonly confirmation?: { readonly userId: string; readonly authTime: number; readonly methods: readonly string[] };
    });
export type KnownApproval = Exclude<Approval, { status: 'unknown' }>;

export type ApprovalCommand =
  | { readonly type: 'RequestApproval'; readonly requested: RequestedApproval }
  /** `number`: whether it is the one that the agent shows. */
  | { readonly type: 'ConfirmApproval'; readonly userId: string; readonly number: 'right' | 'wrong'; readonly authTime: number; readonly methods: readonly string[]; readonly now: number }
  | { readonly type: 'DenyApproval'; readonly userId: string; readonly reason: 'person' | 'administrator'; readonly because?: string; readonly now: number }
  | { readonly type: 'WithdrawApproval'; readonly userId: string; readonly reason: 'person' | 'administrator'; readonly because?: string; readonly now: number }
  | { readonly type: 'ExpireApproval'; readonly now: number }
  | { readonly type: 'ConsumeApproval'; readonly now: number };

/** NumericDate from which on it is over, whatever has been recorded; undefined when it is over already. */
export const endOf = ({ status, expiresAt, since }: KnownApproval): number | undefined => {
  if (status === 'pending') return expiresAt;
  return status === 'approved' ? Math.max(expiresAt, since + COLLECT_LIFETIME) : undefined;
};
export const isOver = (state: KnownApproval, now: number): boolean => now >= (endOf(state) ?? -Infinity);

/** One action, confirmed once and used once. Nothing leads back: whatever is over stays so. */
export const approval: Decider<Approval, ApprovalCommand, ApprovalEvent> = {
  initial: { status: 'unknown' },

  evolve(state, { type, data }) {
    if (type === 'ApprovalRequested') {
      const { authorizationDetails: _, bindingMessage: __, ...requested } = data;
      return { ...requested, status: 'pending', since: data.at, wrongNumbers: 0 };
    }
    if (state.status === 'unknown') return state;
    switch (type) {
      case 'ApprovalConfirmationFailed':
        return { ...state, wrongNumbers: state.wrongNumbers + 1 };
      case 'ApprovalConfirmed':
        return { ...state, status: 'approved', since: data.at, confirmation: { userId: data.confirmedBy, authTime: data.authTime, methods: data.methods } };
      case 'ApprovalDenied':
        return { ...state, status: 'denied', since: data.at, denial: { userId: data.deniedBy, reason: data.reason, because: data.because } };
      case 'ApprovalWithdrawn':
        return { ...state, status: 'withdrawn', since: data.at, withdrawal: { userId: data.withdrawnBy, reason: data.reason, because: data.because } };
      case 'ApprovalExpired':
        return { ...state, status: 'expired', since: data.at };
      case 'ApprovalConsumed':
        return { ...state, status: 'consumed', since: data.at };
    }
  },

  decide(command, state) {
    // A second request for the same prompt has nothing to add: whoever died before the first may try again.
    if (command.type === 'RequestApproval') return state.status === 'unknown' ? [on.ApprovalRequested(command.requested)] : [];
    if (state.status === 'unknown') throw new Refusal('approval.unknown', 'There is no such request.');
    const { approvalId, status } = state;
    const { now } = command;
    if (command.type === 'ExpireApproval') return endOf(state) !== undefined && isOver(state, now) ? [on.ApprovalExpired({ approvalId, at: now })] : [];
    // Of a use and a withdrawal at once the ledger takes one: each needs it to be approved still.
    const expected = command.type === 'ConsumeApproval' || command.type === 'WithdrawApproval' ? 'approved' : 'pending';
    if (status !== expected) throw new Refusal(status === 'pending' ? 'approval.pending' : `approval.${status}`, SAYS[status]);
    if (isOver(state, now)) throw new Refusal('approval.expired', SAYS.expired);
    switch (command.type) {
      case 'ConfirmApproval': {
        const { userId: confirmedBy, authTime, methods } = command;
        if (command.number === 'right') return [on.ApprovalConfirmed({ approvalId, confirmedBy, at: now, authTime, methods })];
        const failed = on.ApprovalConfirmationFailed({ approvalId, confirmedBy, at: now });
        return state.wrongNumbers + 1 < MOST_NUMBERS ? [failed] : [failed, on.ApprovalDenied({ approvalId, deniedBy: confirmedBy, reason: 'number', at: now })];
      }
      case 'DenyApproval':
        return [on.ApprovalDenied({ approvalId, deniedBy: command.userId, ...saidBy(command), at: now })];
      case 'WithdrawApproval':
        return [on.ApprovalWithdrawn({ approvalId, withdrawnBy: command.userId, ...saidBy(command), at: now })];
      case 'ConsumeApproval':
        return [on.ApprovalConsumed({ approvalId, at: now })];
    }
  },
};

const saidBy = ({ reason, because }: { readonly reason: 'person' | 'administrator'; readonly because?: string }) => ({ reason, ...(because === undefined ? {} : { because }) });

const SAYS: Readonly<Record<KnownApproval['status'], string>> = {
  pending: 'Nobody has confirmed it yet.', approved: 'It has been confirmed already.', denied: 'The answer was no.', withdrawn: 'It was taken back.',
  expired: 'The time for it is over.', consumed: 'It was used already, and counts once.',
};
