import type { ResourceRegistration } from '../../domain/resource/resource.decider.js';

type OwnResource = Omit<ResourceRegistration, 'resourceId'>;

/** Everything the admin API asks for; administrators' tokens carry these like any other token carries its scopes. */
export const ADMIN_SCOPES = [
  { name: 'directory:read', description: 'See agents, users, resources and grants' },
  { name: 'directory:write', description: 'Register, change, suspend and retire agents, users, resources and grants' },
  { name: 'history:read', description: 'Read the history of every agent from the ledger' },
  { name: 'connections:write', description: 'Define connections to services, their client secrets, and the keys that are held for them' },
  { name: 'sign-in:write', description: 'Set the identity providers that people sign in with' },
  { name: 'policy:write', description: 'Publish and activate policies' },
  { name: 'keys:write', description: 'Rotate and revoke signing keys' },
  { name: 'tenants:write', description: 'Create, suspend and resume tenants' },
  { name: 'vault:break-glass', description: 'See a credential that is held, with a reason and past every policy' },
  { name: 'deployment:backup', description: 'Read the whole deployment out: the ledger of every tenant, and the sealed vault' },
  { name: 'deployment:keys', description: 'Change the key that credentials of all tenants are sealed with' },
  { name: 'deployment:release', description: 'Let a deployment that was restored from a backup issue again' },
] as const;

export const adminApiUri = (issuer: string): string => `${issuer}/api`;

/** The hub's own admin API is a resource like any other (dogfood: its tokens, its policy, its audit). */
export const adminApiRegistration = (issuer: string): OwnResource => ({
  uri: adminApiUri(issuer), kind: 'api', name: 'Mandate admin API', scopes: [...ADMIN_SCOPES],
  defaultScopes: ['directory:read', 'history:read'], tools: [], tokenLifetime: 600, signingAlgorithm: 'ES256',
});

/** Carried by every token with which an agent calls services through the hub. */
export const USE_SCOPE = 'connections:use';

export const brokerUri = (issuer: string): string => `${issuer}/connections`;

/** The hub's own door to services is a resource like any other; which services an agent may use are grants of their own. */
export const brokerRegistration = (issuer: string): OwnResource => ({
  uri: brokerUri(issuer), kind: 'api', name: 'Connected services', scopes: [{ name: USE_SCOPE, description: 'Call the services that you connect and allow it to use, one by one' }],
  defaultScopes: [USE_SCOPE], tools: [], tokenLifetime: 600, signingAlgorithm: 'ES256',
});

export const identityUri = (issuer: string): string => `${issuer}/userinfo`;

/**
 * Who people are, as a resource of the hub: for agents that want nothing else. It has no scopes of its own, since a
 * person can give the identity scopes with any resource.
 */
export const identityRegistration = (issuer: string): OwnResource => ({
  uri: identityUri(issuer), kind: 'api', name: 'Your identity', scopes: [], defaultScopes: [], tools: [], tokenLifetime: 600, signingAlgorithm: 'ES256',
});
