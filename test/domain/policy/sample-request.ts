import type { KnownAgent } from '../../../src/domain/agent/agent.decider.js';
import type { KnownGrant } from '../../../src/domain/grant/grant.decider.js';
import type { AccessRequest, ConnectionTarget } from '../../../src/domain/policy/access-request.js';
import { LANGUAGE, readPolicyDocument } from '../../../src/domain/policy/policy-document.js';
import type { PolicyBook } from '../../../src/domain/policy/policy.decider.js';
import type { KnownResource } from '../../../src/domain/resource/resource.decider.js';
import { NO_FACTORS } from '../../../src/domain/user/factors.js';
import type { KnownUser } from '../../../src/domain/user/user.decider.js';
import { CelConditions } from '../../../src/platform/cel-conditions.js';

export const CONDITIONS = new CelConditions();
/** Tuesday 2026-11-24, 12:00 UTC. */
export const NOON = 1_795_521_600;

export const AGENT: KnownAgent = {
  status: 'active', agentId: 'agt_support', clientId: 'agt_support', name: 'Support', owner: { kind: 'team', id: 'team_support' }, method: 'admin',
  metadata: { redirectUris: [], grantTypes: ['client_credentials', 'authorization_code', 'refresh_token'], tokenEndpointAuthMethod: 'none', applicationType: 'web' },
  metadataDigest: 'm', secrets: [], tags: ['support', 'eu'],
};
export const USER: KnownUser = {
  status: 'active', userId: 'usr_ana', isErased: false, email: 'sealed', name: 'sealed', roles: ['clerk'], claims: { department: ['billing'] }, passwordSetAt: 0,
  factors: NO_FACTORS, sessions: [], halfSessions: [], identities: [],
};
export const TICKETS: KnownResource = {
  status: 'active', resourceId: 'res_tickets', uri: 'https://tickets.example/mcp', kind: 'mcp', name: 'Tickets', tokenLifetime: 300, signingAlgorithm: 'ES256',
  scopes: ['read', 'write', 'refund'].map((name) => ({ name, description: name })), defaultScopes: ['read'],
  tools: [{ name: 'list_tickets', scopes: ['read'] }, { name: 'close_ticket', scopes: ['read', 'write'] }, { name: 'pay_back', scopes: ['refund'] }],
};
export const GITHUB: ConnectionTarget = {
  kind: 'connection', status: 'active', connectionId: 'con_1', name: 'github', epoch: 0, title: 'GitHub', heldBy: 'user', scopes: [{ name: 'repo', description: 'Repositories' }],
  defaultScopes: [], origins: ['https://api.github.example'], routes: [], lends: true,
};
/** An agent acts for itself. */
export const BY_ITSELF = { user: undefined, principal: { kind: 'agent', id: AGENT.agentId } } as const;
export const GRANT: KnownGrant = {
  status: 'active', grantId: 'gnt_1', agentId: AGENT.agentId, principal: { kind: 'user', id: USER.userId }, resourceId: TICKETS.resourceId,
  scopes: ['read', 'write', 'refund'], epoch: 0, via: 'consent', metadataDigest: 'm',
};

export const bookOf = (rules: readonly unknown[], language = LANGUAGE): PolicyBook => {
  const published = { digest: 'd', document: readPolicyDocument(JSON.stringify({ rules }), language), state: 'active' as const };
  return { versions: new Map([[1, published]]), active: { ...published, version: 1 }, shadow: undefined, looksBack: false };
};

/** An active user lets an active agent use the tickets; give the rules and what should differ. */
export const requestWith = (rules: readonly unknown[], change: Partial<AccessRequest> = {}): AccessRequest => ({
  grantType: 'authorization_code', tenant: { status: 'active', tenantId: 'tnt_acme', slug: 'acme', name: 'Acme', registration: { dynamic: 'open', metadataDocuments: 'open', allowedHosts: [] } },
  agent: AGENT, user: USER, principal: { kind: 'user', id: USER.userId }, target: TICKETS, policy: bookOf(rules), grant: GRANT, grantEpoch: undefined, agreedAt: undefined, scopes: ['read'],
  purpose: 'issue', now: NOON, conditions: CONDITIONS, ...change,
});
