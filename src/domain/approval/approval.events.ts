import { principalField } from '../grant/principal.js';
import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';
import type { DataOf } from '../kernel/fields.js';
import { issuanceField } from '../token/token.events.js';

/** Who may confirm: a person, or an administrator where a team is accountable. */
const approver = { kind: f.oneOf('user', 'team'), id: f.id() };
export type Approver = DataOf<typeof approver>;

/** A token that is to be made from another: what is needed of that one, and never the token itself. */
const derivation = {
  parent: f.record(issuanceField), subject: f.id(), actors: f.list(f.id()), methods: f.optional(f.list(f.word())), mayAct: f.optional(f.id()),
};
export type Derivation = DataOf<typeof derivation>;

/** The exact action. Everything here is in its digest, or is what the digest was made of in another form. */
const action = {
  /** 'token': an access token. 'exchange' and 'forward': a credential, as a loan has them. 'ask': the client asked for the person first (CIBA). */
  purpose: f.oneOf('token', 'exchange', 'forward', 'ask'),
  agentId: f.id(), clientId: f.uri(), principal: f.record(principalField),
  /** Of a resource, or of a connection. */
  targetId: f.id(), scopes: f.list(f.word()), grantType: f.word(),
  /** The code, or the refresh token, that it was asked with. */
  authorizationId: f.optional(f.id()), generation: f.optional(f.count()),
  derivedFrom: f.optional(f.record(derivation)),
  /** Of a call: `GET`, and a digest of the whole address. */
  method: f.optional(f.word()), addressDigest: f.optional(f.digest()), route: f.optional(f.text('none', 300)),
};

export const approvalEvents = {
  ApprovalRequested: eventType('ApprovalRequested', 'An agent wants to do one exact thing, and a person has to confirm it first.', {
    approvalId: f.id(), approver: f.record(approver),
    /** Under whose key the texts are sealed: the person who is asked, or the agent where a team is. */
    userId: f.id(),
    ...action,
    /** Of RFC 9396, as JSON; empty when there are none. */
    authorizationDetails: f.text('sealed', 4096), bindingMessage: f.text('sealed', 200),
    /** Whose word the agent came with, where a token of its platform or of an identity provider was: it has to count still when the agent comes for what was confirmed. */
    vouchedBy: f.optional(f.record({ ruleId: f.id(), platform: f.word(), assertion: f.digest() })),
    /** When the person was there, by that word. */
    agreedAt: f.optional(f.instant()),
    /** Of the agent, as it asked. */
    network: f.optional(f.word()),
    actionDigest: f.digest(), ruleIds: f.list(f.word()), at: f.instant(), expiresAt: f.instant(),
  }),
  ApprovalConfirmationFailed: eventType('ApprovalConfirmationFailed', 'Somebody who may confirm it gave another number than the agent showed; the third time counts as a no.', {
    approvalId: f.id(), confirmedBy: f.id(), at: f.instant(),
  }),
  ApprovalConfirmed: eventType('ApprovalConfirmed', 'A person confirmed this one action, with a factor that was fresh.', {
    approvalId: f.id(), confirmedBy: f.id(), at: f.instant(), authTime: f.instant(), methods: f.list(f.word()),
  }),
  ApprovalDenied: eventType('ApprovalDenied', 'The answer is no, and the same is not asked again for a while.', {
    approvalId: f.id(), deniedBy: f.id(), reason: f.oneOf('person', 'administrator', 'number'),
    /** Why, in an administrator's words. */
    because: f.optional(f.text('none', 500)), at: f.instant(),
  }),
  ApprovalExpired: eventType('ApprovalExpired', 'Nobody answered in time, or the agent did not come back for it.', { approvalId: f.id(), at: f.instant() }),
  ApprovalWithdrawn: eventType('ApprovalWithdrawn', 'What was confirmed and not used yet was taken back; it counts as a no from here on.', {
    approvalId: f.id(), withdrawnBy: f.id(), reason: f.oneOf('person', 'administrator'),
    /** Why, in an administrator's words. */
    because: f.optional(f.text('none', 500)), at: f.instant(),
  }),
  ApprovalConsumed: eventType('ApprovalConsumed', 'The approval was used; from here on it allows nothing more, whether the agent got anything or not.', {
    approvalId: f.id(), at: f.instant(),
  }),
} as const;
export type ApprovalEvent = EventsOf<typeof approvalEvents>;
export type RequestedApproval = DataOf<typeof approvalEvents.ApprovalRequested.fields>;
