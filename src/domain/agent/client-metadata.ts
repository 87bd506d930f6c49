import type { ClientMetadata } from './agent.events.js';
import type { UrlOptions } from './client-id-url.js';
import {
  type AuthMethod, OWN_POWER, SELF_SERVICE, alternativesTo, applicationTypeOf, readAuthMethod, readGrantTypes, readScope,
} from './metadata-choices.js';
import { readPublicJwks } from './metadata-jwks.js';
import { type Untrusted, asObject, displayName, httpsUri, optionalTexts, own, refuseMetadata, shownUri } from './metadata-members.js';
import { readRedirectUris, refuseRedirects } from './metadata-redirects.js';

/** What a client says about itself, checked and reduced to what Mandate acts on. */
export interface DescribedClient {
  readonly name: string;
  readonly metadata: ClientMetadata;
}

/**
 * Reads a dynamic registration request (RFC 7591 section 2). Members that Mandate does not know are ignored (section 2), so
 * whatever would raise power (`skip_consent`, `trusted`, `tenant_id`, software statements nobody vouches for) has no effect;
 * unknown grant types are left out, and what remains is echoed. One dangerous redirect URI refuses the request.
 */
export const readRegistrationRequest = (request: unknown, options: UrlOptions = {}): DescribedClient => {
  const source = asObject(request, 'The registration request');
  const method = readAuthMethod(source, 'client_secret_basic');
  const metadata = readMetadata(source, { ...options, method, grants: SELF_SERVICE });
  return { name: displayName(source) ?? nameFrom(metadata), metadata };
};

/**
 * Reads what an administrator registers: as a registration request, but the agent may be given power of its own (RFC 6749
 * section 4.4), if it can prove who it is.
 */
export const readAdministeredClient = (request: unknown, options: UrlOptions = {}): DescribedClient => {
  const source = asObject(request, 'The registration');
  // Not for strangers: that a platform vouches for an agent is for the tenant's trust rules to say.
  const method = own(source, 'token_endpoint_auth_method') === 'workload_token' ? 'workload_token' : readAuthMethod(source, 'client_secret_basic');
  const asked = optionalTexts(source, 'grant_types', 50) ?? [];
  if (method === 'none' && asked.some((grant) => OWN_POWER.includes(grant))) {
    refuseMetadata(`A client without credentials can't act for itself: ${OWN_POWER.join(', ')} need a secret or a key.`);
  }
  const metadata = readMetadata(source, { ...options, method, grants: [...SELF_SERVICE, ...OWN_POWER] });
  return { name: displayName(source) ?? refuseMetadata('The agent needs a name.'), metadata };
};

/**
 * Reads a client ID metadata document that was fetched from `url` (CIMD draft-02 sections 4 and 6). It must name itself by
 * exactly that URL and hold no secret of any kind: everybody can read it.
 */
export const readMetadataDocument = (url: string, document: unknown, options: UrlOptions = {}): DescribedClient => {
  const source = asObject(document, 'The client metadata document');
  // Simple string comparison (RFC 3986 section 6.2.1): another case, port or slash is another client.
  if (own(source, 'client_id') !== url) refuseMetadata('The client metadata document must have a client_id that is exactly its own URL.');
  if (Object.hasOwn(source, 'client_secret') || Object.hasOwn(source, 'client_secret_expires_at')) {
    refuseMetadata('The client metadata document must not have a client secret.');
  }
  const method = readAuthMethod(source, 'none');
  if (method.startsWith('client_secret')) {
    refuseMetadata('A client with a metadata document can\'t use a shared secret. Use none or private_key_jwt.');
  }
  const name = displayName(source) ?? refuseMetadata('The client metadata document must have a client_name.');
  const grants = method === 'none' ? SELF_SERVICE : [...SELF_SERVICE, ...OWN_POWER];
  const metadata = readMetadata(source, { ...options, method, grants });
  if (metadata.redirectUris.length === 0) refuseRedirects('The client metadata document must have redirect_uris.');
  const supported = optionalTexts(source, 'token_endpoint_auth_methods_supported', 20) ?? [];
  const alternativeAuthMethods = alternativesTo(metadata, supported);
  return { name, metadata: alternativeAuthMethods.length > 0 ? { ...metadata, alternativeAuthMethods } : metadata };
};

/** One text for one meaning, whatever order or spelling the client chose: digest this to see whether it has changed. */
export const canonicalMetadata = ({ name, metadata: m }: DescribedClient): string =>
  JSON.stringify([
    name, m.redirectUris, m.grantTypes, m.tokenEndpointAuthMethod, m.alternativeAuthMethods ?? [], m.jwksUri ?? '', m.jwks ?? '',
    m.clientUri ?? '', m.logoUri ?? '', m.applicationType, m.scope ?? [],
  ]);

type Rules = UrlOptions & { readonly method: AuthMethod; readonly grants: readonly string[] };

const readMetadata = (source: Untrusted, rules: Rules): ClientMetadata => {
  const redirectUris = readRedirectUris(source);
  const grantTypes = readGrantTypes(source, rules.grants);
  if (grantTypes.includes('authorization_code') && redirectUris.length === 0) {
    refuseRedirects('redirect_uris must have at least one URI for the authorization code grant.');
  }
  const clientUri = shownUri(source, 'client_uri', rules);
  const logoUri = shownUri(source, 'logo_uri', rules);
  const scope = readScope(source);
  return {
    redirectUris, grantTypes, tokenEndpointAuthMethod: rules.method, applicationType: applicationTypeOf(source, redirectUris),
    ...readKeys(source, rules),
    ...(clientUri === undefined ? {} : { clientUri }),
    ...(logoUri === undefined ? {} : { logoUri }),
    ...(scope === undefined ? {} : { scope }),
  };
};

const readKeys = (source: Untrusted, rules: Rules): Pick<ClientMetadata, 'jwks' | 'jwksUri'> => {
  const jwksUri = httpsUri(source, 'jwks_uri', rules);
  const inline = own(source, 'jwks');
  if (inline !== undefined && jwksUri !== undefined) refuseMetadata('Give jwks or jwks_uri, not both (RFC 7591 section 2).');
  if (inline !== undefined) return { jwks: readPublicJwks(inline) };
  if (jwksUri !== undefined) return { jwksUri };
  return rules.method === 'private_key_jwt' ? refuseMetadata('private_key_jwt needs jwks or jwks_uri.') : {};
};

const nameFrom = ({ clientUri, redirectUris }: ClientMetadata): string => {
  const web = [clientUri, ...redirectUris].find((uri) => uri?.startsWith('https://'));
  return web === undefined ? 'Unnamed client' : `Client at ${new URL(web).hostname}`;
};
