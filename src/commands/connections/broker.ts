import type { ResourceRegistration } from '../../domain/resource/resource.decider.js';

/** Carried by every token with which an agent calls services through the hub. */
export const USE_SCOPE = 'connections:use';

export const brokerUri = (issuer: string): string => `${issuer}/connections`;

/** The hub's own door to services is a resource like any other; which services an agent may use are grants of their own. */
export const brokerRegistration = (issuer: string): Omit<ResourceRegistration, 'resourceId'> => ({
  uri: brokerUri(issuer), kind: 'api', name: 'Connected services', scopes: [{ name: USE_SCOPE, description: 'Call the services that you connect and allow it to use, one by one' }],
  defaultScopes: [USE_SCOPE], tools: [], tokenLifetime: 600, signingAlgorithm: 'ES256',
});
