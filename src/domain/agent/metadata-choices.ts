import type { ClientMetadata } from './agent.events.js';
import { type Untrusted, optionalText, optionalTexts, own, refuseMetadata, sorted } from './metadata-members.js';
import { isNativeRedirect } from './redirect-uri.js';

export type AuthMethod = ClientMetadata['tokenEndpointAuthMethod'];

const CODE = 'authorization_code';
/** What anybody may register for himself: grants in which a person, or the workforce's identity provider, has the last word. */
export const SELF_SERVICE: readonly string[] = [
  CODE, 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer',
];
/** Power of the client's own. A client that proves a key of its own may ask for it; policy decides whether it gets any. */
export const OWN_POWER: readonly string[] = ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:openid:params:grant-type:ciba'];

/** Clients list grants from everywhere they may go; what does not concern us is left out, unless nothing remains. */
export const readGrantTypes = (source: Untrusted, allowed: readonly string[]): readonly string[] => {
  const asked = optionalTexts(source, 'grant_types', 50) ?? [CODE];
  const responses = optionalTexts(source, 'response_types', 20) ?? ['code'];
  const given = asked.filter((grant) => allowed.includes(grant));
  if (asked.length > 0 && given.length === 0) {
    refuseMetadata(`None of the grant_types can be registered this way; these can: ${allowed.join(', ')}. Ask an administrator for others.`);
  }
  // A refresh token comes from somewhere: alone it means the code grant (RFC 7591 section 2.1 lets the server put it right).
  const effective = given.every((grant) => grant === 'refresh_token') ? [...given, CODE] : given;
  if (effective.includes(CODE) && responses.length > 0 && !responses.includes('code')) {
    refuseMetadata('response_types must include code; no other response type is supported.');
  }
  return sorted(effective);
};

/** Secrets as keys of a JWT and certificates are not supported, and no unknown method is silently made a weaker one. */
export const readAuthMethod = (source: Untrusted, otherwise: AuthMethod): AuthMethod => {
  const method = optionalText(source, 'token_endpoint_auth_method') ?? otherwise;
  switch (method) {
    case 'none':
    case 'client_secret_basic':
    case 'client_secret_post':
    case 'private_key_jwt':
      return method;
    default:
      return refuseMetadata('token_endpoint_auth_method must be none, client_secret_basic, client_secret_post or private_key_jwt.');
  }
};

/** ChatGPT publishes private_key_jwt and, beside it, that none will do; the server chooses from the intersection. */
export const alternativesTo = (
  { tokenEndpointAuthMethod, jwks, jwksUri }: ClientMetadata,
  supported: readonly string[],
): readonly ('none' | 'private_key_jwt')[] => {
  const other = tokenEndpointAuthMethod === 'none' ? 'private_key_jwt' : 'none';
  const usable = other === 'none' || jwks !== undefined || jwksUri !== undefined;
  return usable && supported.includes(other) ? [other] : [];
};

/** Many native clients leave it out or say `web`, the RFC's default: where the code goes tells what the client is. */
export const applicationTypeOf = (source: Untrusted, redirectUris: readonly string[]): 'native' | 'web' =>
  own(source, 'application_type') === 'native' || (redirectUris.length > 0 && redirectUris.every(isNativeRedirect)) ? 'native' : 'web';

/** RFC 6749 section 3.3. What a client declares bounds what it may ask for; it gives it nothing. */
export const readScope = (source: Untrusted): readonly string[] | undefined => {
  const scopes = optionalText(source, 'scope')?.split(' ').filter((scope) => scope !== '') ?? [];
  if (scopes.length > 100) refuseMetadata('scope must name at most 100 scopes.');
  if (scopes.some((scope) => scope.length > 256 || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) {
    refuseMetadata('scope has characters that no scope may have (RFC 6749 section 3.3).');
  }
  return scopes.length > 0 ? sorted(scopes) : undefined;
};
