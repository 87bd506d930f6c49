import { takesNothing } from '../../src/api/admin/endpoint.js';
import { BODIES } from '../api/admin/bodies.js';
import { endpoints } from '../api/admin/admin-rig.js';
import { REDIRECT } from '../support/code-flow.js';
import { ACCESS_TOKEN, EXCHANGE } from '../support/exchange.js';
import { NOTES, basic } from '../support/hub.js';
import type { FuzzedHub } from './fuzzed-hub.js';
import type { Request } from './requests.js';

/** Requests that hold, one for each way into the hub. They are made anew for each run, since some can be made only once. */
export interface Target {
  readonly name: string;
  readonly request: (at: FuzzedHub) => Promise<Request> | Request;
  /** It may have spent what it brought. */
  readonly spends?: true;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const own = ({ service: { clientId, clientSecret } }: FuzzedHub): Request['headers'] => [['Authorization', basic(clientId, clientSecret)['authorization']!]];
const bearer = (token: string): Request['headers'] => [['Authorization', `Bearer ${token}`]];
const METADATA = {
  client_name: 'Editor', redirect_uris: ['https://editor.example/cb', 'http://127.0.0.1/cb', 'com.example.editor:/cb'], grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'], token_endpoint_auth_method: 'none', scope: 'notes:read', client_uri: 'https://editor.example', logo_uri: 'https://editor.example/logo.png', application_type: 'native',
  contacts: ['a@b.example'], jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43), kid: 'k' }] },
};
const token = (fields: Request['form'], headers: Request['headers'] = []): Request => ({ method: 'POST', path: '/token', form: fields!, headers: headers! });

const CLIENT_DATA = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge: 'A'.repeat(43), origin: 'http://localhost', crossOrigin: false })).toString('base64url');
const answer = (response: object): string => JSON.stringify({ id: 'AAAA', rawId: 'AAAA', type: 'public-key', clientExtensionResults: {}, response: { clientDataJSON: CLIENT_DATA, ...response } });
const ASSERTION = answer({ authenticatorData: 'A'.repeat(50), signature: 'AAAA', userHandle: 'dXNyX3g' });
const ATTESTATION = answer({ attestationObject: 'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUEA', transports: ['internal'] });

/** Nobody who is known sends these: what they make the hub write is bounded whatever is sent. */
export const strangers: readonly Target[] = [
  { name: 'an authorization request', request: (at) => ({ method: 'GET', path: '/authorize', query: at.authorizeQuery() }) },
  { name: 'one for another tenant', request: (at) => ({ method: 'GET', path: '/t/default/authorize', query: at.authorizeQuery() }) },
  { name: 'discovery', request: () => ({ method: 'GET', path: '/.well-known/oauth-authorization-server/t/default' }) },
  { name: 'protected resource metadata', request: () => ({ method: 'GET', path: '/.well-known/oauth-protected-resource/api' }) },
  { name: 'a code that nobody has', request: (at) => token([['grant_type', 'authorization_code'], ['client_id', at.clientId], ['code', 'mc_aut_abc.def'], ['code_verifier', 'v'.repeat(43)], ['redirect_uri', REDIRECT]]) },
  { name: 'a secret that nobody has', request: (at) => token([['grant_type', 'client_credentials'], ['resource', NOTES.uri]], [['Authorization', basic(at.service.clientId, 'cs_wrong')['authorization']!]]) },
  { name: 'an unsigned assertion', request: (at) => token([['grant_type', 'client_credentials'], ['client_assertion_type', ASSERTION_TYPE], ['client_assertion', at.unsignedJwt()]]) },
  { name: 'an assertion that nobody signed', request: (at) => token([['grant_type', 'urn:ietf:params:oauth:grant-type:jwt-bearer'], ['assertion', at.unsignedJwt()], ['resource', NOTES.uri]]) },
  { name: 'introspection without a secret', request: (at) => ({ method: 'POST', path: '/introspect', form: [['token', at.unsignedJwt()], ['client_id', at.ids['resource_id']!], ['client_secret', 'x']] }) },
  { name: 'revocation by anybody', request: (at) => ({ method: 'POST', path: '/revoke', form: [['token', 'mr_aut_abc.0.def'], ['client_id', at.clientId], ['token_type_hint', 'refresh_token']] }) },
  { name: 'userinfo for a made-up token', request: (at) => ({ method: 'GET', path: '/userinfo', headers: bearer(at.unsignedJwt())! }) },
  { name: 'a sign-in without a page', request: () => ({ method: 'POST', path: '/sign-in', form: [['email', 'ana@example.com'], ['password', 'x'], ['csrf', 'x'], ['transaction', 'x.y']] }) },
  { name: 'the API without a token', request: (at) => ({ method: 'GET', path: `/api/agents/${at.clientId}`, headers: bearer(at.unsignedJwt())! }) },
  { name: 'an answer of an identity provider', request: () => ({ method: 'GET', path: '/sign-in/with/acme/callback', query: [['code', 'c'], ['state', 's'.repeat(43)], ['iss', 'https://idp.example']] }) },
  { name: 'a logout token', request: (at) => ({ method: 'POST', path: '/sign-in/with/acme/logout', form: [['logout_token', at.unsignedJwt()]] }) },
  { name: 'a page of the hub with made-up cookies', request: () => ({ method: 'GET', path: '/my/agents', headers: [['Cookie', `mandate_session_default=usr_x.${'a'.repeat(43)}; mandate_browser_default=${'b'.repeat(43)}`]] }) },
];

const known: readonly Target[] = [
  { name: 'a registration', request: () => ({ method: 'POST', path: '/register', json: METADATA }) },
  { name: 'an authorization request of somebody signed in', request: (at) => ({ method: 'GET', path: '/authorize', query: at.authorizeQuery(), headers: at.cookies()! }) },
  { name: 'a code', spends: true, request: async (at) => {
    const { code, verifier } = await at.tokens();
    return token([['grant_type', 'authorization_code'], ['client_id', at.clientId], ['code', code], ['code_verifier', verifier], ['redirect_uri', REDIRECT], ['resource', NOTES.uri]]);
  } },
  { name: 'a refresh token', spends: true, request: async (at) => token([['grant_type', 'refresh_token'], ['client_id', at.clientId], ['refresh_token', (await at.tokens()).refreshToken], ['scope', 'notes:read'], ['resource', NOTES.uri]]) },
  { name: 'client credentials', request: (at) => token([['grant_type', 'client_credentials'], ['resource', NOTES.uri], ['scope', 'notes:read']], own(at)) },
  { name: 'an exchange for a credential', request: async (at) => token([
    ['grant_type', EXCHANGE], ['subject_token', (await at.tokens()).accessToken], ['subject_token_type', ACCESS_TOKEN], ['requested_token_type', 'urn:mandate:connection:service'], ['audience', 'urn:mandate:connection:service'], ['scope', 'read'],
  ], own(at)) },
  { name: 'a call of a service', request: async (at) => ({ method: 'GET', path: '/connections/service/forward/api.service.example/v1/things', query: [['page', '2']], headers: bearer((await at.tokens()).accessToken)! }) },
  { name: 'introspection', request: async (at) => ({ method: 'POST', path: '/introspect', form: [['token', (await at.tokens()).accessToken], ['token_type_hint', 'access_token']], headers: own(at)! }) },
  { name: 'revocation', spends: true, request: async (at) => ({ method: 'POST', path: '/revoke', form: [['token', (await at.tokens()).accessToken], ['client_id', at.clientId]] }) },
  { name: 'userinfo', request: async (at) => ({ method: 'GET', path: '/userinfo', headers: bearer((await at.tokens()).accessToken)! }) },
  { name: 'a sign-in form', request: async (at) => ({ method: 'POST', path: '/sign-in', headers: at.cookies()!, form: [...await at.formOf('/sign-in', '/sign-in'), ['email', 'ana@example.com'], ['password', 'wrong']] }) },
  { name: 'a sign-in form of a browser that says it is known', request: async (at) => ({
    method: 'POST', path: '/sign-in', headers: at.cookies().map(([name, value]) => [name, `${value}; mandate_device_default=${'c'.repeat(43)}.${'d'.repeat(43)}`] as const),
    form: [...await at.formOf('/sign-in', '/sign-in'), ['email', 'ana@example.com'], ['password', 'wrong']],
  }) },
  { name: 'a sign-in with a passkey', request: async (at) => ({
    method: 'POST', path: '/sign-in/passkey', headers: at.cookies()!, form: [...(await at.formOf('/sign-in', '/sign-in/passkey')).filter(([name]) => name !== 'answer'), ['answer', ASSERTION]],
  }) },
  { name: 'a new passkey', request: async (at) => ({
    method: 'POST', path: '/my/security/passkey', headers: at.cookies()!,
    form: [...(await at.formOf('/my/security', '/my/security/passkey')).filter(([name]) => name !== 'answer' && name !== 'label'), ['answer', ATTESTATION], ['label', 'Laptop']],
  }) },
  { name: 'a second factor that was asked for elsewhere', request: (at) => ({ method: 'GET', path: '/sign-in/factor', headers: at.cookies()!, query: [['next', 'WzE3OTU1MjE2MDAsIi9teSJd.AAAA']] }) },
  { name: 'the name of a factor', request: (at) => ({ method: 'POST', path: '/my/security/rename', headers: at.cookies()!, form: [['csrf', 'x'], ['factor_id', 'fac_x'], ['label', 'y']] }) },
  { name: 'a consent form', request: async (at) => {
    const url = `/authorize?${new URLSearchParams([...at.authorizeQuery().map(([name, value]) => [name, value]), ['prompt', 'consent']]).toString()}`;
    return { method: 'POST', path: '/consent', headers: at.cookies()!, form: [...await at.formOf(url, '/consent'), ['decision', 'deny'], ['scope', 'notes:read']] };
  } },
  { name: 'taking access back', request: (at) => ({ method: 'POST', path: '/my/agents/revoke', headers: at.cookies()!, form: [['csrf', 'x'], ['grant_id', at.ids['grant_id']!]] }) },
];

/** Reading what is there, and bodies that change nothing for the others. */
const admin = (adminToken: string): readonly Target[] => endpoints.map((endpoint): Target => ({
  name: `${endpoint.verb} /${endpoint.path}`,
  request: (at) => ({
    method: endpoint.verb.toUpperCase(), path: `/${endpoint.path.replaceAll(/:(\w+)/g, (_, name: string) => (endpoint.verb === 'get' ? at.ids[name]! : nobodys(name)))}`,
    headers: bearer(adminToken)!,
    ...(endpoint.verb === 'get' ? { query: QUERIES[endpoint.name] ?? [['limit', '2'], ['cursor', 'MDAx.AAAAAAAAAAAAAAAAAAAAAA']] } : { json: takesNothing(endpoint.body) ? {} : { ...BODIES[endpoint.name], ...QUICK[endpoint.name] } }),
  }),
}));
/** An RSA key takes longer to make than all the rest together, and a provider would be asked over the network. */
const QUICK: Readonly<Record<string, object>> = { rotateSigningKeys: { algorithms: ['ES256'] }, setIdentityProvider: { issuer: 'http://idp.example' } };
const nobodys = (name: string): string => ({ agent_id: 'agt_nobody', user_id: 'usr_nobody', resource_id: 'res_nobody', grant_id: 'gnt_nobody' })[name] ?? '99';
const QUERIES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  readAgent: [], readUser: [['reveal', 'false']], readResource: [], readGrant: [], readTenant: [], readPolicyVersion: [], listPolicyVersions: [], listSigningKeys: [],
  readAgentHistory: [['asOf', '2026-01-31T12:00:00Z'], ['limit', '2']], listEvents: [['after', 'now'], ['limit', '2']],
  listAgents: [['status', 'active'], ['owner', 'team:team_test'], ['q', 'x'], ['limit', '2']], listUsers: [['role', 'x'], ['status', 'active'], ['reveal', 'false']],
  listGrants: [['agent', 'agt_x'], ['principal', 'user:usr_x'], ['status', 'active']], listResources: [['q', 'x'], ['status', 'active']],
};
const stream = (adminToken: string): Target => ({
  name: 'the event stream', request: () => ({ method: 'GET', path: '/events', query: [['after', 'now']], headers: [...bearer(adminToken)!, ['Accept', 'text/event-stream'], ['Last-Event-ID', 'MDAx.AAAAAAAAAAAAAAAAAAAAAA']] }),
});

export const targetsOf = (adminToken: string): readonly Target[] => [...strangers, ...known, ...admin(adminToken), stream(adminToken)];
