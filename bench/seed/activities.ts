import { activityEvents } from '../../src/domain/activity/activity.events.js';
import { authorizationEvents } from '../../src/domain/authorization/authorization.events.js';
import type { DomainEvent } from '../../src/domain/kernel/event.js';
import { streams } from '../../src/domain/kernel/ids.js';
import { CALLBACK, RESOURCE } from '../servers/server-ready.js';
import { type SeededAgent, type SeededFamily, type SeededGrant, digest, randomId, scopes } from './population.js';

/** Events of one stream. */
export interface Told {
  readonly stream: string;
  readonly events: readonly DomainEvent[];
}
const CHALLENGE = digest('verifier');

/** One token, as an issuance writes it. */
export const issued = ({ agentId, kid }: SeededAgent, grant: SeededGrant, now: number, from: string | SeededFamily): Told => {
  const { grantId, principal, resourceId } = grant;
  const family = typeof from === 'string' ? undefined : from;
  const grantType = typeof from === 'string' ? from : from.generation === 0 ? 'authorization_code' : 'refresh_token';
  return {
    stream: streams.activity(agentId),
    events: [activityEvents.TokenIssued({
      jti: randomId('tok_'), agentId, principal, resourceId, grantId, grantEpoch: 0, grantType,
      ...(family ? { authorizationId: family.authorizationId, generation: family.generation } : {}),
      scopes, denied: [], policyVersion: 1, ruleIds: ['allow-what-was-granted'], inputDigest: digest(`${grantId} ${now}`), kid, expiresAt: now + RESOURCE.tokenLifetime,
    })],
  };
};

/** A person lets the agent act: code, redemption, first token. */
export const authorized = (agent: SeededAgent, grant: SeededGrant, now: number): { family: SeededFamily; told: readonly Told[] } => {
  const { agentId, metadataDigest } = agent;
  const authorizationId = randomId('aut_');
  const { grantId, principal, resourceId } = grant;
  const family: SeededFamily = { authorizationId, grant, generation: 0 };
  const events = [
    authorizationEvents.CodeIssued({
      authorizationId, agentId, grantId, grantEpoch: 0, principal, resourceId, scopes, redirectUri: CALLBACK, codeChallenge: CHALLENGE,
      metadataDigest, refreshable: true, authTime: now, methods: ['pwd'], expiresAt: now + 60,
    }),
    authorizationEvents.CodeRedeemed({ authorizationId, at: now }),
  ];
  return { family, told: [{ stream: streams.authorization(authorizationId), events }, issued(agent, grant, now, family)] };
};

export const refreshed = (agent: SeededAgent, family: SeededFamily, now: number): readonly Told[] => {
  family.generation += 1;
  const { authorizationId, generation } = family;
  const rotated = authorizationEvents.RefreshRotated({ authorizationId, generation, at: now });
  return [{ stream: streams.authorization(authorizationId), events: [rotated] }, issued(agent, family.grant, now, family)];
};

export const refused = ({ agentId }: SeededAgent, { resourceId }: SeededGrant): Told => ({
  stream: streams.activity(agentId),
  events: [activityEvents.TokenRefused({ agentId, grantType: 'client_credentials', error: 'invalid_scope', reason: 'scope.none_allowed', resourceId, scopes: ['notes:admin'] })],
});

export const forged = ({ agentId }: SeededAgent): Told => ({
  stream: streams.activity(agentId), events: [activityEvents.ClientAuthenticationFailed({ agentId, endpoint: '/token', reason: 'client.unauthenticated' })],
});
