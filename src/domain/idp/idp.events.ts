import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';
import type { DataOf } from '../kernel/fields.js';

/** What was read in the provider's metadata when an administrator set it, and holds until one sets it again (DM-06). */
const endpoints = f.record({
  authorization: f.uri(), token: f.uri(), jwks: f.uri(), endSession: f.optional(f.uri()),
  /** RFC 9207: its answers name it. */
  answersWithIssuer: f.flag(),
  /** That it may sign ID tokens with; only asymmetric ones. */
  algorithms: f.list(f.word()),
});

const settings = {
  name: f.word(), title: f.text('none', 80),
  /** As its metadata has it, byte for byte; with `{tenantid}` where Microsoft Entra ID serves many directories. */
  issuer: f.uri(), clientId: f.word(), clientAuthentication: f.oneOf('client_secret_basic', 'client_secret_post', 'private_key_jwt'),
  scopes: f.list(f.word()),
  /** Directories (`tid`) whose people are let in; only with such an issuer. */
  directories: f.list(f.word()),
  /** Of verified e-mail addresses; empty for any. */
  emailDomains: f.list(f.word()),
  /** Each has to have one of the values. */
  requires: f.list(f.record({ claim: f.word(), values: f.list(f.word()) })),
  roles: f.list(f.record({ claim: f.word(), value: f.word(), role: f.word() })),
  /** What policies may know of a person: the provider's claim under the name that rules use. */
  claims: f.list(f.record({ claim: f.word(), as: f.word() })),
  /** What of its word counts as more than one factor here: who has the value in the claim has shown what this acr of ours says. */
  acr: f.list(f.record({ claim: f.oneOf('acr', 'acrs', 'amr'), value: f.word(), acr: f.word() })),
  endpoints,
};

/** The identity providers that people of a tenant sign in with, all in one stream. */
export const identityProviderEvents = {
  IdentityProviderSet: eventType('IdentityProviderSet', 'People may sign in with this provider, under these rules; said again, the rules changed.', { providerId: f.id(), ...settings }, [(data) => ({ acr: [], ...data })]),
  IdentityProviderSecretSet: eventType('IdentityProviderSecretSet', 'What the hub proves itself to the provider with is in the vault; of a private key the public part is here.', {
    providerId: f.id(), secretId: f.id(), kind: f.oneOf('client_secret', 'private_key'), fingerprint: f.digest(), jwk: f.optional(f.document()),
  }),
  IdentityProviderRemoved: eventType('IdentityProviderRemoved', 'Nobody signs in with this provider any more, and who did is signed out.', { providerId: f.id(), reason: f.text('none', 500) }),
  SignInWaysChanged: eventType('SignInWaysChanged', 'Whether people sign in with local accounts, with identity providers, or with both; and whose local account works all the same.', {
    ways: f.oneOf('local', 'upstream', 'both'), emergency: f.list(f.id()),
  }),
} as const;
export type IdentityProviderEvent = EventsOf<typeof identityProviderEvents>;
export type ProviderSettings = Omit<DataOf<typeof identityProviderEvents.IdentityProviderSet.fields>, 'providerId'>;
export type ProviderEndpoints = ProviderSettings['endpoints'];
export type SignInWays = DataOf<typeof identityProviderEvents.SignInWaysChanged.fields>['ways'];
