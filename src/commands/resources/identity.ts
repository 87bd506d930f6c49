import type { ResourceRegistration } from '../../domain/resource/resource.decider.js';

export const identityUri = (issuer: string): string => `${issuer}/userinfo`;

/**
 * Who people are, as a resource of the hub: for agents that want nothing else. It has no scopes of its own, since a
 * person can give the identity scopes with any resource.
 */
export const identityRegistration = (issuer: string): Omit<ResourceRegistration, 'resourceId'> => ({
  uri: identityUri(issuer), kind: 'api', name: 'Your identity', scopes: [], defaultScopes: [], tools: [], tokenLifetime: 600, signingAlgorithm: 'ES256',
});
