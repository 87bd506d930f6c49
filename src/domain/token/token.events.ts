import { type EventsOf, eventType } from '../kernel/event-type.js';
import { principalField } from '../grant/principal.js';
import * as f from '../kernel/fields.js';
import type { DataOf } from '../kernel/fields.js';

/** What a token was issued on: enough to ask again at any time whether it still holds. */
export const issuanceField = {
  jti: f.id(), agentId: f.id(), principal: f.record(principalField), resourceId: f.id(), grantEpoch: f.count(),
  authorizationId: f.optional(f.id()), authTime: f.optional(f.instant()), trustRuleId: f.optional(f.id()), clientTrustRuleId: f.optional(f.id()), grantType: f.optional(f.word()), scopes: f.list(f.word()), expiresAt: f.instant(),
};
export type Issuance = DataOf<typeof issuanceField>;

export const tokenEvents = {
  TokenDerived: eventType('TokenDerived', 'The token was made from another by exchange (RFC 8693), and lives no longer than that one.', {
    jti: f.id(), agentId: f.id(), parent: f.record(issuanceField),
  }),
  TokenRevoked: eventType('TokenRevoked', 'One access token ended before its time (RFC 7009).', { jti: f.id(), agentId: f.id(), reason: f.word() }),
} as const;
export type TokenEvent = EventsOf<typeof tokenEvents>;
