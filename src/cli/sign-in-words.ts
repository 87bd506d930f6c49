import type { identityProviderEvents } from '../domain/idp/idp.events.js';
import { type Words, because } from './words.js';

const WAYS = { local: 'local accounts only', upstream: 'identity providers only', both: 'local accounts and identity providers' } as const;

/** Identity providers and who came by them, in words. */
export const signInWords: Readonly<Record<keyof typeof identityProviderEvents | 'UpstreamLogoutRefused' | 'UpstreamSignInRefused', Words>> = {
  IdentityProviderSet: ({ title, issuer }) => ({ what: `people may sign in with "${String(title)}" (${String(issuer)})` }),
  IdentityProviderSecretSet: ({ providerId }) => ({ what: `the hub got another secret for the identity provider ${String(providerId)}` }),
  IdentityProviderRemoved: because('an identity provider was removed'),
  UpstreamSignInRefused: ({ providerId, reason }) => ({ what: `a sign-in with the identity provider ${String(providerId)} was turned away`, reason: String(reason) }),
  UpstreamLogoutRefused: ({ providerId, reason }) => ({ what: `a logout token for the identity provider ${String(providerId)} was turned away`, reason: String(reason) }),
  SignInWaysChanged: ({ ways }) => ({ what: `people sign in with ${WAYS[ways as keyof typeof WAYS]}` }),
};
