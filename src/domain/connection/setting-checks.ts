import { Refusal } from '../kernel/refusal.js';
import type { ApiKeySettings, ConnectionSettings, OAuthSettings, Route } from './connection.events.js';
import { checkOrigin, checkServiceUrl } from './service-urls.js';

const invalid = (what: string): never => {
  throw new Refusal('connection.invalid', what);
};

/** RFC 6749 section 3.3, without the comma that some services separate scopes with. */
const SCOPE = /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,256}$/;
/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Segments of unreserved characters, `*` for one of them, `**` at the end for all that follow. */
const PATH = /^(\/(\*|[\w.~!$&'()+,;=:@-]*))*(\/\*\*)?$/;
/** What the hub itself says in an authorization request can't be said otherwise by an extra parameter. */
const RESERVED: readonly string[] = [
  'client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'state', 'nonce', 'scope', 'resource', 'code_challenge', 'code_challenge_method',
  'request', 'request_uri', 'id_token_hint',
];
/** Headers that mean something on the way itself; a secret in one of them would change the call, not open it. */
const NO_KEY_HEADER = /^(host|connection|content-.*|transfer-encoding|te|trailer|upgrade|keep-alive|expect|cookie|forwarded|via|x-forwarded-.*|proxy-.*|accept-encoding)$/i;

/**
 * Values that other systems would fill in from their own secrets. Nothing here does, so such a value is a mistake or a try
 * (VA-08): it is refused when it is saved, and never looked into when it is used.
 */
export const checkNoReference = (value: string): void => {
  if (/\{\{|\$\{|<%|^\s*(vault|secret|env|file|arn|op):/i.test(value))
    throw new Refusal('connection.secret_reference', 'A setting names another secret. Give the value itself; nothing is filled in here.');
};

const checkOAuth = (oauth: OAuthSettings, heldBy: ConnectionSettings['heldBy'], local: boolean): void => {
  checkServiceUrl(oauth.tokenEndpoint, 'token_endpoint', local);
  for (const [name, url] of [['authorization_endpoint', oauth.authorizationEndpoint], ['revocation_endpoint', oauth.revocationEndpoint], ['jwks_uri', oauth.jwksUri], ['issuer', oauth.issuer], ['resource', oauth.resource]] as const)
    if (url !== undefined) checkServiceUrl(url, name, local);
  if (oauth.grant === 'authorization_code' && oauth.authorizationEndpoint === undefined) invalid('A connection by authorization code needs an authorization_endpoint.');
  if (oauth.grant === 'client_credentials' && heldBy !== 'tenant') invalid('What a client gets for itself is nobody\'s own: such a connection is held by the tenant.');
  if (oauth.grant === 'client_credentials' && oauth.clientAuthentication === 'none') invalid('Client credentials need a client that can prove itself.');
  if (oauth.answersWithIssuer && oauth.issuer === undefined) invalid('To check the issuer of answers, the issuer has to be known.');
  for (const { name, value } of oauth.authorizeParameters) {
    if (!TOKEN.test(name) || RESERVED.includes(name)) invalid(`"${name}" can't be an extra authorization parameter.`);
    checkNoReference(value);
  }
  checkNoReference(oauth.clientId);
};

const checkApiKey = ({ placement, name, prefix }: ApiKeySettings): void => {
  if (placement === 'basic' ? name !== undefined || prefix !== undefined : name === undefined) invalid('A header or query parameter has a name; basic authentication has none.');
  if (name !== undefined && (!TOKEN.test(name) || (placement === 'header' && NO_KEY_HEADER.test(name)))) invalid(`"${name}" can't carry a key.`);
  if (placement === 'query' && prefix !== undefined) invalid('Only a header has a prefix.');
  // CR and LF would begin a header of their own (VA-07).
  if (prefix !== undefined && !/^[\x20-\x7e]*$/.test(prefix)) invalid('The prefix has characters that no header may have.');
  if (prefix !== undefined) checkNoReference(prefix);
};

const checkRoute = ({ methods, path, scopes = [] }: Route, known: ReadonlySet<string>): void => {
  const method = methods.find((one) => !METHODS.includes(one));
  if (method !== undefined) invalid(`"${method}" is not a method that is forwarded.`);
  if (methods.length === 0) invalid('A route names at least one method.');
  if (!path.startsWith('/') || !PATH.test(path) || path.split('/').some((segment) => segment === '.' || segment === '..')) invalid(`"${path}" is not a path to allow: "*" is one segment, "/**" at the end is everything below.`);
  const scope = scopes.find((name) => !known.has(name));
  if (scope !== undefined) invalid(`The route "${path}" needs "${scope}", which is not a scope here.`);
};

/** Throws Refusal with the member that is wrong. `local`: services on this machine's loopback are allowed (development). */
export const checkSettings = (settings: ConnectionSettings, local: boolean): void => {
  const { oauth, apiKey, heldBy, scopes, defaultScopes, origins, routes, lends } = settings;
  if ((oauth === undefined) === (apiKey === undefined)) invalid('A connection has OAuth settings or the shape of a key: one of them.');
  if (oauth) checkOAuth(oauth, heldBy, local);
  if (apiKey) checkApiKey(apiKey);
  const names = new Set(scopes.map(({ name }) => name));
  if (names.size === 0) invalid('A connection has at least one scope: what an agent may be given.');
  if (names.size !== scopes.length) invalid('A scope is listed twice.');
  for (const name of names) if (!SCOPE.test(name)) invalid(`"${name}" can't be a scope.`);
  const unknown = defaultScopes.find((name) => !names.has(name));
  if (unknown !== undefined) invalid(`The default scope "${unknown}" is not among the scopes.`);
  for (const origin of origins) checkOrigin(origin, local);
  for (const route of routes) checkRoute(route, names);
  if (origins.length === 0 && !lends) invalid('A connection that lends no secrets needs an origin to call.');
};
