import { principalField } from '../grant/principal.js';
import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';
import { decisionField } from '../policy/decision-record.js';

export const authorizationEvents = {
  CodeIssued: eventType('CodeIssued', 'An authorization code went to the agent\'s redirect URI (RFC 6749 section 4.1.2).', {
    authorizationId: f.id(), agentId: f.id(), grantId: f.id(), grantEpoch: f.count(), principal: f.record(principalField),
    resourceId: f.id(), scopes: f.list(f.word()), redirectUri: f.uri(), codeChallenge: f.digest(),
    metadataDigest: f.digest(), refreshable: f.flag(), nonce: f.optional(f.digest()),
    authTime: f.instant(), methods: f.list(f.word()), expiresAt: f.instant(),
    denied: f.optional(f.list(f.record({ scope: f.word(), reason: f.word() }))), policyVersion: f.optional(f.count()), ruleIds: f.optional(f.list(f.word())),
    decision: decisionField(),
  }, [(data) => data]),
  CodeRedeemed: eventType('CodeRedeemed', 'The code was used, once; generation 0 of its refresh family lives.', {
    authorizationId: f.id(), at: f.instant(),
  }),
  CodeReplayed: eventType('CodeReplayed', 'The code came a second time: everything issued from it is dead.', { authorizationId: f.id() }),
  CodeBurned: eventType('CodeBurned', 'A redemption failed in a way that points at theft; the code can never be used.', {
    authorizationId: f.id(), reason: f.word(),
  }),
  RefreshRotated: eventType('RefreshRotated', 'The refresh token was exchanged for its one successor.', {
    authorizationId: f.id(), generation: f.count(), at: f.instant(),
  }),
  RefreshReplayedInGrace: eventType('RefreshReplayedInGrace', 'The predecessor came again within the grace; the same successor was given.', {
    authorizationId: f.id(), generation: f.count(),
  }),
  RefreshReuseDetected: eventType('RefreshReuseDetected', 'A refresh token that had been replaced came back: the whole family is dead.', {
    authorizationId: f.id(), generation: f.count(),
  }),
  AuthorizationRevoked: eventType('AuthorizationRevoked', 'The refresh family ended.', { authorizationId: f.id(), reason: f.word() }),
} as const;
export type AuthorizationEvent = EventsOf<typeof authorizationEvents>;
