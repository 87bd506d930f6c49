import type { approvalEvents } from '../domain/approval/approval.events.js';
import type { promptEvents } from '../domain/prompt/prompt.events.js';
import { type Words, day, party, simply, texts } from './words.js';

type Told = keyof typeof approvalEvents | keyof typeof promptEvents;

const NO = { person: 'said no', administrator: 'said no as an administrator', number: 'gave three wrong numbers, which is a no' } as const;

/** What people were asked to confirm, in words. */
export const approvalWords: Readonly<Record<Told, Words>> = {
  ApprovalRequested: ({ approver, targetId, principal, scopes, expiresAt }, named) => ({
    what: `asked ${party(approver, named)} to confirm access to ${named(String(targetId))} on behalf of ${party(principal, named)}, until ${day(expiresAt)}`, scopes: texts(scopes),
  }),
  ApprovalConfirmationFailed: ({ confirmedBy }, named) => ({ what: `user ${named(String(confirmedBy))} gave another number than the agent showed` }),
  ApprovalConfirmed: ({ confirmedBy, methods }, named) => ({ what: `user ${named(String(confirmedBy))} confirmed it (${texts(methods).join(', ')})` }),
  ApprovalDenied: ({ deniedBy, reason, because }, named) => ({
    what: `${reason === 'administrator' ? '' : 'user '}${named(String(deniedBy))} ${NO[reason as keyof typeof NO]}`, ...(because === undefined ? {} : { reason: String(because) }),
  }),
  ApprovalWithdrawn: ({ withdrawnBy, reason, because }, named) => ({
    what: `${reason === 'administrator' ? '' : 'user '}${named(String(withdrawnBy))} took it back`, ...(because === undefined ? {} : { reason: String(because) }),
  }),
  ApprovalExpired: simply('nobody answered in time'),
  ApprovalConsumed: simply('the approval was used'),
  PromptClaimed: ({ approverId }, named) => ({ what: `may ask ${named(String(approverId))}` }),
  PromptRefused: ({ approverId, reason }, named) => ({ what: `may not ask ${named(String(approverId))}`, reason: String(reason) }),
  PromptsExhausted: ({ approverId }, named) => ({ what: `would not stop asking ${named(String(approverId))}` }),
};
