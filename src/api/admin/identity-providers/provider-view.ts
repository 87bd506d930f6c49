import { z } from 'zod';
import { addressesOf } from '../../../commands/identity-providers/provider-addresses.js';
import type { ProviderDraft } from '../../../commands/identity-providers/set-provider.js';
import type { IdentityProvider, IdentityProviders } from '../../../domain/idp/idp.decider.js';
import { ACR_VALUES, type Acr } from '../../../domain/user/authentication.js';
import { displayText } from '../common.schemas.js';

const word = z.string().min(1).max(256);
const words = z.array(word).max(100);

/** What an administrator says of a provider, and what is told of it. */
const members = {
  title: displayText(80).describe('What the button on the sign-in page says: Continue with …'),
  client_id: word, client_authentication: z.enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt']),
  scopes: words.describe('openid among them'),
  directories: words.describe('Ids (tid) of Microsoft Entra directories whose people may come, where the issuer speaks for several'),
  email_domains: words.describe('Only people with a verified address at one of these; empty for all'),
  requires: z.array(z.strictObject({ claim: word, values: words })).max(20).describe('Only people whose claim has one of the values; all of these'),
  role_mapping: z.array(z.strictObject({ claim: word, value: word, role: word })).max(200).describe('Who has this value in this claim has this role. With a mapping, the provider alone decides the roles of who came by it'),
  claim_mapping: z.array(z.strictObject({ claim: word, as: word })).max(50).describe('Claims that rules of policies may look at, and under which name'),
  acr_mapping: z.array(z.strictObject({ claim: z.enum(['acr', 'acrs', 'amr']), value: word, acr: z.enum(ACR_VALUES.slice(1)) })).max(20)
    .describe('What of the provider\'s word counts as a second factor, or as a passkey, here: who has the value in the claim (phr in acr at Okta, c1 in acrs at Entra ID, mfa in amr). Nothing does unless it stands here'),
};
const { client_authentication, scopes, directories, email_domains, requires, role_mapping, claim_mapping, acr_mapping, ...needed } = members;

export const providerDraft = z.strictObject({
  name: z.string().max(40).describe('Stands in addresses; the same name again changes the provider'),
  issuer: z.string().min(1).max(2048).describe('Its metadata is read now, and its endpoints hold until it is set again'), ...needed,
  client_authentication: client_authentication.default('client_secret_basic'), scopes: scopes.default(['openid', 'profile', 'email']), directories: directories.default([]),
  email_domains: email_domains.default([]), requires: requires.default([]), role_mapping: role_mapping.default([]), claim_mapping: claim_mapping.default([]), acr_mapping: acr_mapping.default([]),
  client_secret: z.string().min(1).max(4096).optional().describe('Goes into the vault and is not shown again. With private_key_jwt the hub makes a key of its own'),
});

export const providerSchema = z.strictObject({
  provider_id: z.string(), name: z.string(), issuer: z.string(), ...members,
  endpoints: z.strictObject({ authorization: z.string(), token: z.string(), jwks: z.string(), end_session: z.string().optional(), answers_with_issuer: z.boolean(), algorithms: z.array(z.string()) }),
  has_secret: z.boolean().describe('Nobody can sign in before there is one'), secret_fingerprint: z.string().optional(), public_jwk: z.record(z.string(), z.unknown()).optional().describe('To be registered at the provider'),
  redirect_uri: z.string().describe('To be registered at the provider'), backchannel_logout_uri: z.string(), post_logout_redirect_uri: z.string(),
});
export type ProviderView = z.infer<typeof providerSchema>;

export const signInSchema = z.strictObject({
  ways: z.enum(['local', 'upstream', 'both']).describe('With local accounts, with identity providers, or with both'),
  emergency_user_ids: z.array(z.string()).max(10).describe('Administrators whose local account works also where only identity providers are used'),
});
export const providersSchema = z.strictObject({ sign_in: signInSchema, items: z.array(providerSchema), next: z.null() });

export const testSchema = z.strictObject({
  problems: z.array(z.string()), keys: z.int(),
  differences: z.array(z.strictObject({ endpoint: z.string(), accepted: z.string(), found: z.string() })).describe('What the provider names otherwise by now; it counts once the provider is set again'),
});

export const providerView = (of: IdentityProvider, issuer: string): ProviderView => {
  const { redirectUri, backchannelLogoutUri, postLogoutRedirectUri } = addressesOf(issuer, of.name);
  const { endSession, answersWithIssuer, algorithms, ...endpoints } = of.endpoints;
  return {
    provider_id: of.providerId, name: of.name, title: of.title, issuer: of.issuer, client_id: of.clientId, client_authentication: of.clientAuthentication, scopes: [...of.scopes],
    directories: [...of.directories], email_domains: [...of.emailDomains], requires: of.requires.map(({ claim, values }) => ({ claim, values: [...values] })),
    role_mapping: of.roles.map((one) => ({ ...one })), claim_mapping: of.claims.map((one) => ({ ...one })),
    acr_mapping: of.acr.map(({ claim, value, acr }) => ({ claim, value, acr: acr as Acr })),
    endpoints: { ...endpoints, ...(endSession === undefined ? {} : { end_session: endSession }), answers_with_issuer: answersWithIssuer, algorithms: [...algorithms] },
    has_secret: of.secret !== undefined, ...(of.secret ? { secret_fingerprint: of.secret.fingerprint } : {}),
    ...(of.secret?.jwk === undefined ? {} : { public_jwk: JSON.parse(of.secret.jwk) as Record<string, unknown> }),
    redirect_uri: redirectUri, backchannel_logout_uri: backchannelLogoutUri, post_logout_redirect_uri: postLogoutRedirectUri,
  };
};

export const signInView = ({ ways, emergency }: IdentityProviders): z.infer<typeof signInSchema> => ({ ways, emergency_user_ids: [...emergency] });

export const draftOf = ({ client_id, client_authentication: by, client_secret, email_domains: domains, role_mapping: roles, claim_mapping: claims, acr_mapping: acr, ...same }: z.output<typeof providerDraft>): ProviderDraft => ({
  ...same, clientId: client_id, clientAuthentication: by, emailDomains: domains, roles, claims, acr, clientSecret: client_secret,
});
