import { principalField } from '../grant/principal.js';
import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';
import { decisionField } from '../policy/decision-record.js';

const outcome = () => f.oneOf('allowed', 'approval', 'mfa', 'denied');
/** Another issuer's token that proved the agent, or for whom it acts: the rule that believes it, and which token it was. */
const vouchedBy = { ruleId: f.id(), platform: f.word(), assertion: f.digest() };
const denied = { scope: f.word(), reason: f.word() };
/** The newer version only has members that the older one left out. */
const asBefore = (data: Record<string, unknown>): Record<string, unknown> => data;

/** What an agent did and was refused, and what was tried in a person's name. Append-only; never folded to decide. */
export const activityEvents = {
  TokenIssued: eventType('TokenIssued', 'An access token was issued; the decision that allowed it stands inside.', {
    jti: f.id(), agentId: f.id(), principal: f.record(principalField), resourceId: f.id(), grantId: f.id(), grantEpoch: f.count(),
    grantType: f.word(), authorizationId: f.optional(f.id()), generation: f.optional(f.count()),
    parentJti: f.optional(f.id()), actors: f.optional(f.list(f.id())),
    scopes: f.list(f.word()), denied: f.list(f.record(denied)),
    policyVersion: f.count(), ruleIds: f.list(f.word()), inputDigest: f.digest(), kid: f.id(), expiresAt: f.instant(),
    /** What a person confirmed of exactly this, and was consumed for it. */
    approvalId: f.optional(f.id()), vouchedBy: f.optional(f.record(vouchedBy)),
    /** The token of its platform that the client proved itself with, where another is its grant. */
    clientVouchedBy: f.optional(f.record(vouchedBy)), decision: decisionField(),
  }, [asBefore]),
  TokenVoided: eventType('TokenVoided', 'What the token relied on had changed before its place in the log; it was never handed out.', {
    jti: f.id(), agentId: f.id(), reason: f.word(),
  }),
  TokenRefused: eventType('TokenRefused', 'The agent asked for a token and was told no; the reason here is more exact than the one it was told.', {
    agentId: f.id(), grantType: f.word(), error: f.word(), reason: f.word(), resourceId: f.optional(f.id()),
    authorizationId: f.optional(f.id()), scopes: f.optional(f.list(f.word())), denied: f.optional(f.list(f.record(denied))),
    policyVersion: f.optional(f.count()), principal: f.optional(f.record(principalField)), ruleIds: f.optional(f.list(f.word())), approvalId: f.optional(f.id()),
    /** The token that was to be exchanged. */
    parentJti: f.optional(f.id()), vouchedBy: f.optional(f.record(vouchedBy)),
    /** The token of its platform that the client proved itself with, where another is its grant. */
    clientVouchedBy: f.optional(f.record(vouchedBy)), decision: decisionField(),
  }, [asBefore]),
  CredentialLent: eventType('CredentialLent', 'The agent was lent access to a service; recorded before the secret was opened, with the decision that allowed it.', {
    lendId: f.id(), agentId: f.id(), principal: f.record(principalField),
    /** Who acts, the one at work first (RFC 8693 section 4.1); empty when the agent acts for itself. */
    actors: f.list(f.id()),
    /** The token that it was asked with. */
    parentJti: f.optional(f.id()),
    connectionId: f.id(), credentialId: f.id(), secretId: f.id(), fingerprint: f.digest(),
    /** 'exchange': the agent got the secret itself. 'forward': the hub made the call. */
    purpose: f.oneOf('exchange', 'forward'), method: f.optional(f.word()), origin: f.optional(f.uri()), route: f.optional(f.text('none', 300)),
    grantId: f.id(), grantEpoch: f.count(), grantType: f.word(), scopes: f.list(f.word()), denied: f.list(f.record(denied)),
    policyVersion: f.count(), ruleIds: f.list(f.word()), inputDigest: f.digest(), expiresAt: f.optional(f.instant()), approvalId: f.optional(f.id()), vouchedBy: f.optional(f.record(vouchedBy)), decision: decisionField(),
  }),
  CredentialLendVoided: eventType('CredentialLendVoided', 'What the loan relied on had changed before its place in the log; nothing was opened.', {
    lendId: f.id(), agentId: f.id(), reason: f.word(),
  }),
  CredentialLendRefused: eventType('CredentialLendRefused', 'The agent asked for access to a service and was told no; the reason here is more exact than the one it was told.', {
    agentId: f.id(), principal: f.record(principalField), connectionId: f.id(), purpose: f.oneOf('exchange', 'forward'), grantType: f.optional(f.word()), error: f.word(), reason: f.word(),
    method: f.optional(f.word()), scopes: f.optional(f.list(f.word())), denied: f.optional(f.list(f.record(denied))), policyVersion: f.optional(f.count()),
    ruleIds: f.optional(f.list(f.word())),
    /** What a person was asked to confirm of exactly this. */
    approvalId: f.optional(f.id()),
    /** The token that it was asked with. */
    parentJti: f.optional(f.id()), vouchedBy: f.optional(f.record(vouchedBy)), decision: decisionField(),
  }),
  ShadowDecisionDiffered: eventType('ShadowDecisionDiffered', 'The policy that decides beside the active one would have decided otherwise; nothing was done about it. Told once an hour for what is alike.', {
    agentId: f.id(), principal: f.record(principalField), targetId: f.id(), grantType: f.word(), policyVersion: f.count(), shadowVersion: f.count(),
    differences: f.list(f.record({ scope: f.word(), before: outcome(), after: outcome(), because: f.word() })),
    /** How often since it was told last, this time included. */
    times: f.count(),
  }),
  ClientAuthenticationFailed: eventType('ClientAuthenticationFailed', 'Somebody tried to act as this agent and could not prove it.', {
    agentId: f.id(), endpoint: f.word(), reason: f.word(),
  }),
  AssertionRefused: eventType('AssertionRefused', 'A token of another issuer was to prove who an agent is or for whom it acts, and was not believed.', {
    agentId: f.optional(f.id()), ruleId: f.optional(f.id()), endpoint: f.word(), reason: f.word(), clientVouchedBy: f.optional(f.record(vouchedBy)),
  }),
  IssuerKeysRejected: eventType('IssuerKeysRejected', 'What another issuer publishes as its keys could not be had or is not believed; those that were read last count for an hour.', {
    ruleId: f.id(), reason: f.word(),
  }),
  AuthorizationRefused: eventType('AuthorizationRefused', 'An authorization request of this agent was turned away.', {
    agentId: f.id(), reason: f.word(), redirectDigest: f.optional(f.digest()),
    principal: f.optional(f.record(principalField)), resourceId: f.optional(f.id()), scopes: f.optional(f.list(f.word())), denied: f.optional(f.list(f.record(denied))),
    policyVersion: f.optional(f.count()), ruleIds: f.optional(f.list(f.word())), decision: decisionField(),
  }, [asBefore]),
  TenantCrossed: eventType('TenantCrossed', 'Somebody brought what this agent was given to another tenant, where it counts for nothing.', {
    agentId: f.id(), what: f.oneOf('access_token', 'code', 'refresh_token'), reason: f.word(),
  }),
  ApiCallRefused: eventType('ApiCallRefused', 'The agent called the hub\'s own API and was turned away.', {
    agentId: f.id(), operation: f.word(), reason: f.word(),
  }),
  UpstreamSignInRefused: eventType('UpstreamSignInRefused', 'What came back from an identity provider signed nobody in; the reason here is more exact than the one on the page.', {
    providerId: f.id(), reason: f.word(), detail: f.optional(f.word()), userId: f.optional(f.id()),
  }),
  UpstreamLogoutRefused: eventType('UpstreamLogoutRefused', 'Somebody sent a logout token that is not to be believed; nobody was signed out.', { providerId: f.id(), reason: f.word() }),
  FormRefused: eventType('FormRefused', 'A form came from the browser of a signed-in person that no page of theirs had sent, or not like this; nothing was done.', {
    userId: f.id(), form: f.word(), reason: f.oneOf('foreign', 'altered', 'half_signed_in'),
  }),
  SignInRefused: eventType('SignInRefused', 'This person proved who they are, with a password or a passkey of their own, and may not sign in like that.', {
    userId: f.id(), reason: f.word(),
  }),
  FactorRefused: eventType('FactorRefused', 'A second factor was shown in this person\'s name and does not count.', {
    userId: f.id(), factor: f.oneOf('passkey', 'totp', 'recovery'), purpose: f.word(), reason: f.word(),
  }),
  PersonalDataRevealed: eventType('PersonalDataRevealed', 'Through the agent somebody was shown the e-mail and name of these people, or only what `claims` lists.', {
    agentId: f.id(), userIds: f.list(f.id()), claims: f.optional(f.list(f.oneOf('name', 'email'))),
  }),
  ApprovalRevealed: eventType('ApprovalRevealed', 'Through the agent somebody was shown what the agent that asks wrote into a request for an approval: the details and the message.', {
    agentId: f.id(), approvalId: f.id(),
  }),
  ConsentDenied: eventType('ConsentDenied', 'The person said no.', { agentId: f.id(), userId: f.id(), resourceId: f.id(), scopes: f.list(f.word()) }),
} as const;
export type ActivityEvent = EventsOf<typeof activityEvents>;
