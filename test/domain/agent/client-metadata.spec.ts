import { describe, expect, it } from '@jest/globals';
import { canonicalMetadata, readMetadataDocument, readRegistrationRequest } from '../../../src/domain/agent/client-metadata.js';
import { registrationAnswer } from '../../../src/domain/agent/metadata-answer.js';
import { agentEvents } from '../../../src/domain/agent/agent.events.js';
import { Refusal } from '../../../src/domain/kernel/refusal.js';
import { ecKey, rsaKey } from './public-jwks.js';

const URL_ = 'https://client.example/oauth/metadata.json';
const request = { client_name: 'Example', redirect_uris: ['https://client.example/cb'] };
const document = { client_id: URL_, ...request };
const register = (change: object) => readRegistrationRequest({ ...request, ...change });
const adopt = (change: object) => readMetadataDocument(URL_, { ...document, ...change });

const codeOf = (read: () => unknown): unknown => {
  try {
    read();
    return 'accepted';
  } catch (error) {
    return error instanceof Refusal ? error.code : error;
  }
};

describe('a dynamic registration', () => {
  it('takes effect as RFC 7591 defaults say when only redirects are given', () => {
    expect(readRegistrationRequest({ redirect_uris: ['https://client.example/cb'] })).toEqual({
      name: 'Client at client.example',
      metadata: {
        redirectUris: ['https://client.example/cb'], grantTypes: ['authorization_code'], tokenEndpointAuthMethod: 'client_secret_basic',
        applicationType: 'web',
      },
    });
  });

  it('keeps what a client says of itself', () => {
    const { name, metadata } = register({
      redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback', 'http://localhost:6274/cb', 'http://localhost:6274/cb'],
      grant_types: ['refresh_token', 'authorization_code'], response_types: ['code'], token_endpoint_auth_method: 'none',
      client_uri: 'https://client.example', logo_uri: 'https://client.example/logo.png', scope: 'mcp:write  mcp:read offline_access',
    });
    expect(name).toBe('Example');
    expect(metadata).toEqual({
      redirectUris: ['cursor://anysphere.cursor-mcp/oauth/callback', 'http://localhost:6274/cb'], grantTypes: ['authorization_code', 'refresh_token'],
      tokenEndpointAuthMethod: 'none', applicationType: 'native', clientUri: 'https://client.example', logoUri: 'https://client.example/logo.png',
      scope: ['mcp:read', 'mcp:write', 'offline_access'],
    });
  });

  it('gives metadata that the ledger takes as it is', () => {
    const { name, metadata } = register({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [ecKey] }, scope: 'a', client_uri: 'https://c.example' });
    const data = { agentId: 'agt_1', name, metadata, metadataDigest: 'd' };
    expect(agentEvents.AgentMetadataChanged.parse(JSON.parse(JSON.stringify(data)))).toEqual(data);
  });

  it.each([
    ['javascript', ['javascript:alert(1)']], ['data', ['data:text/html,x']], ['http elsewhere', ['http://client.example/cb']],
    ['wildcard', ['https://*.client.example/cb']], ['fragment', ['https://client.example/cb#x']], ['userinfo', ['https://u@client.example/cb']],
    ['one dangerous among good ones', ['https://client.example/cb', 'http://localhost/cb', 'vbscript:x']],
    ['1,000 entries', Array.from({ length: 1_000 }, (_, n) => `https://client.example/${n}`)],
    ['21 entries', Array.from({ length: 21 }, (_, n) => `https://client.example/${n}`)],
    ['10 KB each', [`https://client.example/${'x'.repeat(10_240)}`]],
    ['none', []], ['null', null], ['a string', 'https://client.example/cb'], ['numbers', [1]], ['nested', [['https://client.example/cb']]],
    ['an object', { 0: 'https://client.example/cb', length: 1 }],
  ])('DC-01: is refused for its redirect URIs: %s', (_, redirectUris) => {
    expect(codeOf(() => register({ redirect_uris: redirectUris }))).toBe('agent.redirect_uri_invalid');
  });

  it('DC-02: loses every grant type and member that would raise its power, and echoes the rest', () => {
    const { metadata } = register({
      grant_types: ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:openid:params:grant-type:ciba', 'implicit', 'password', 'urn:x:unknown'],
      skip_consent: true, trusted: true, tenant_id: 'tnt_other', first_party: true, client_id: 'agt_chosen', client_secret: 'chosen', owner: 'usr_admin',
      token_endpoint_auth_methods_supported: ['none'], software_statement: 'eyJhbGciOiJub25lIn0.e30.',
    });
    expect(metadata).toEqual({
      redirectUris: ['https://client.example/cb'], grantTypes: ['authorization_code'], tokenEndpointAuthMethod: 'client_secret_basic', applicationType: 'web',
    });
  });

  it.each([
    ['only grants of its own power', { grant_types: ['client_credentials'] }],
    ['only the implicit response', { response_types: ['token'] }],
    ['an unknown way to authenticate', { token_endpoint_auth_method: 'client_secret_jwt' }],
    ['a way to authenticate that is a prototype member', { token_endpoint_auth_method: 'constructor' }],
    ['private_key_jwt without keys', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['two sources of keys', { jwks: { keys: [ecKey] }, jwks_uri: 'https://client.example/jwks' }],
    ['a name that is a number', { client_name: 7 }], ['grants that are a string', { grant_types: 'authorization_code' }],
    ['a scope with a quote', { scope: 'a "b"' }], ['101 scopes', { scope: Array.from({ length: 101 }, (_, n) => `s${n}`).join(' ') }],
    ['a scope list', { scope: ['a'] }],
  ])('is refused for %s', (_, change) => {
    expect(codeOf(() => register(change))).toBe('agent.metadata_invalid');
  });

  it.each([undefined, null, [], 'x', 7, true])('is refused when it is no object: %j', (body) => {
    expect(codeOf(() => readRegistrationRequest(body))).toBe('agent.metadata_invalid');
  });

  it.each([
    'https://127.0.0.1/x', 'https://127.1/x', 'https://2130706433/x', 'https://10.0.0.1/x', 'https://169.254.169.254/latest', 'https://[::1]/x', 'https://localhost/x',
    'https://u:p@client.example/x', 'javascript:alert(1)', 'data:image/png;base64,x', 'ftp://client.example/x', '//client.example/x', 'https://client.example\\@evil/x',
    'https://metadata.google.internal/x', `https://client.example/${'x'.repeat(2_048)}`, 'not a url', 'https://client.example/\n',
  ])('DC-03: is refused for the address %s in any of its members', (uri) => {
    for (const member of ['jwks_uri', 'logo_uri', 'client_uri']) {
      expect([member, codeOf(() => register({ [member]: uri }))]).toEqual([member, 'agent.metadata_invalid']);
    }
  });

  it('keeps a plain http home page off the screens, but its keys must come over https', () => {
    expect(register({ client_uri: 'http://localhost:3000', logo_uri: '', tos_uri: null }).metadata).not.toHaveProperty('clientUri');
    expect(codeOf(() => register({ jwks_uri: 'http://client.example/jwks' }))).toBe('agent.metadata_invalid');
    expect(readRegistrationRequest({ ...request, jwks_uri: 'http://localhost:3000/jwks' }, { allowLoopback: true }).metadata.jwksUri).toBe('http://localhost:3000/jwks');
  });

  it.each([
    ['all loopback, said web', ['http://127.0.0.1/cb', 'http://localhost/cb'], 'web', 'native'],
    ['a scheme of its own, said nothing', ['com.example.app:/cb'], undefined, 'native'],
    ['mixed, said native', ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'], 'native', 'native'],
    ['mixed, said nothing', ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'], undefined, 'web'],
    ['https, said nonsense', ['https://client.example/cb'], 'toaster', 'web'],
  ])('is native when its codes stay on the device: %s', (_, uris, said, type) => {
    expect(register({ redirect_uris: uris, ...(said === undefined ? {} : { application_type: said }) }).metadata.applicationType).toBe(type);
  });

  it.each([
    ['refresh_token alone stands beside the code grant', ['refresh_token'], ['authorization_code', 'refresh_token']],
    ['an empty list is the default', [], ['authorization_code']],
  ])('has consistent grants: %s', (_, asked, given) => {
    expect(register({ grant_types: asked }).metadata.grantTypes).toEqual(given);
  });

  it('needs no redirect for the device grant', () => {
    const device = 'urn:ietf:params:oauth:grant-type:device_code';
    expect(readRegistrationRequest({ client_name: 'tv', grant_types: [device] }).metadata).toMatchObject({ redirectUris: [], grantTypes: [device] });
  });

  it.each([
    ['Ev\u202eil\u0000\nname\t x ', 'Ev il name x'], ['  ', 'Client at client.example'], ['😀'.repeat(300), '😀'.repeat(200)],
    ['a'.repeat(100_000), 'a'.repeat(200)],
  ])('has a name that is one safe line', (said, shown) => {
    expect(register({ client_name: said }).name).toBe(shown);
  });
});

describe('a client metadata document', () => {
  it('describes a public client unless it says otherwise', () => {
    expect(adopt({})).toEqual({
      name: 'Example',
      metadata: { redirectUris: ['https://client.example/cb'], grantTypes: ['authorization_code'], tokenEndpointAuthMethod: 'none', applicationType: 'web' },
    });
  });

  it.each([
    'https://CLIENT.example/oauth/metadata.json', 'https://client.example:443/oauth/metadata.json', 'https://client.example/oauth/metadata.json/',
    'https://client.example/oauth/metadata.json?', 'https://client.example/OAuth/metadata.json', ' https://client.example/oauth/metadata.json', '', null, undefined, 7,
    [URL_],
  ])('CM-09: is refused when its client_id is %j', (clientId) => {
    expect(codeOf(() => adopt({ client_id: clientId }))).toBe('agent.metadata_invalid');
  });

  it.each([
    ['a secret', { client_secret: 's3cret' }], ['an empty secret', { client_secret: '' }], ['a secret\'s expiry', { client_secret_expires_at: 0 }],
    ['client_secret_basic', { token_endpoint_auth_method: 'client_secret_basic' }], ['client_secret_post', { token_endpoint_auth_method: 'client_secret_post' }],
    ['client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }],
    ['a private EC key', { jwks: { keys: [{ ...ecKey, d: 'AAAA' }] } }], ['a private RSA key', { jwks: { keys: [ecKey, { ...rsaKey, p: 'AAAA' }] } }],
    ['RSA factors', { jwks: { keys: [{ ...rsaKey, q: 'AAAA' }] } }], ['a symmetric key', { jwks: { keys: [ecKey, { kty: 'oct', k: 'AAAA' }] } }],
    ['a symmetric member in another key', { jwks: { keys: [{ ...ecKey, k: '' }] } }],
    ['a private key of an unknown kind', { jwks: { keys: [ecKey, { kty: 'AKP', priv: 'AAAA' }] } }],
  ])('CM-10: is refused for %s', (_, change) => {
    expect(codeOf(() => adopt(change))).toBe('agent.metadata_invalid');
  });

  it.each([
    ['an array', []], ['text', 'x'], ['null', null],
    ['no name', { ...document, client_name: undefined }], ['a blank name', { ...document, client_name: ' \n' }],
  ])('CM-12: is refused when malformed: %s', (_, body) => {
    expect(codeOf(() => readMetadataDocument(URL_, body))).toBe('agent.metadata_invalid');
  });

  it('CM-12: is refused without redirect URIs, also when its grants need none', () => {
    expect(codeOf(() => adopt({ redirect_uris: undefined }))).toBe('agent.redirect_uri_invalid');
    expect(codeOf(() => adopt({ redirect_uris: [], grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] }))).toBe('agent.redirect_uri_invalid');
  });

  it('that publishes two ways to authenticate may use either', () => {
    const both = { token_endpoint_auth_methods_supported: ['none', 'private_key_jwt', 'client_secret_post'], jwks_uri: 'https://client.example/jwks.json' };
    expect(adopt({ ...both, token_endpoint_auth_method: 'private_key_jwt' }).metadata)
      .toMatchObject({ tokenEndpointAuthMethod: 'private_key_jwt', alternativeAuthMethods: ['none'] });
    expect(adopt(both).metadata).toMatchObject({ tokenEndpointAuthMethod: 'none', alternativeAuthMethods: ['private_key_jwt'] });
    expect(adopt({ ...both, jwks_uri: undefined }).metadata).not.toHaveProperty('alternativeAuthMethods');
    expect(adopt({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [ecKey] } }).metadata).not.toHaveProperty('alternativeAuthMethods');
  });

  it('may ask for power of its own only when it proves a key of its own', () => {
    const grants = { grant_types: ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'] };
    expect(adopt(grants).metadata.grantTypes).toEqual(['authorization_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer']);
    expect(adopt({ ...grants, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [ecKey] } }).metadata.grantTypes).toContain('client_credentials');
  });

  it('is read by its own members only', () => {
    const inherited = Object.create(document) as object;
    expect(codeOf(() => readMetadataDocument(URL_, inherited))).toBe('agent.metadata_invalid');
    const poisoned = JSON.parse(`{"__proto__":{"client_secret":"x","trusted":true},"client_id":"${URL_}","client_name":"E","redirect_uris":["https://c.example/"]}`) as unknown;
    expect(readMetadataDocument(URL_, poisoned).metadata.redirectUris).toEqual(['https://c.example/']);
  });

  it.each([
    ['Claude Code', 'https://claude.ai/oauth/claude-code-client-metadata', ['http://localhost/callback', 'http://127.0.0.1/callback'], ['authorization_code', 'refresh_token']],
    ['VS Code', 'https://vscode.dev/oauth/client-metadata.json', ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
      ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code']],
    ['Claude', 'https://claude.ai/oauth/mcp-oauth-client-metadata', ['https://claude.ai/api/mcp/auth_callback'],
      ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'urn:unknown']],
  ])('of %s is accepted', (name, url, redirectUris, grantTypes) => {
    const read = readMetadataDocument(url, { client_id: url, client_name: name, redirect_uris: redirectUris, grant_types: grantTypes, token_endpoint_auth_method: 'none' });
    expect(read.metadata.grantTypes).toEqual(grantTypes.filter((grant) => grant !== 'urn:unknown'));
  });
});

describe('the canonical text of metadata', () => {
  it('is the same for the same meaning', () => {
    const one = adopt({ redirect_uris: ['https://b.example/', 'https://a.example/'], grant_types: ['refresh_token', 'authorization_code'], scope: 'b a', jwks: { keys: [ecKey, rsaKey] } });
    const two = adopt({ jwks: { keys: [{ ...rsaKey, x5t: 'x' }, ecKey] }, scope: 'a b a', grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://a.example/', 'https://b.example/', 'https://a.example/'], policy_uri: 'https://a.example/p' });
    expect(canonicalMetadata(one)).toBe(canonicalMetadata(two));
  });

  it.each([
    { client_name: 'Other' }, { redirect_uris: ['https://client.example/cb2'] }, { grant_types: ['authorization_code', 'refresh_token'] }, { scope: 'a' },
    { logo_uri: 'https://client.example/l' }, { client_uri: 'https://client.example/l' }, { jwks: { keys: [ecKey] } }, { jwks_uri: 'https://client.example/l' },
    { application_type: 'native' }, { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [ecKey] } },
  ])('CM-13: is another one after a change of %j', (change) => {
    expect(canonicalMetadata(adopt(change))).not.toBe(canonicalMetadata(adopt({})));
  });
});

describe('a registration answer', () => {
  const answer = (change: object, clientSecret?: string) =>
    registrationAnswer({ ...register(change), clientId: 'agt_1', issuedAt: 1_700_000_000, ...(clientSecret === undefined ? {} : { clientSecret }) });

  it('to a public client has no secret, no null and no empty URL', () => {
    const body = answer({ token_endpoint_auth_method: 'none', client_uri: '', logo_uri: null, jwks_uri: '' });
    expect(JSON.parse(JSON.stringify(body))).toEqual({
      client_id: 'agt_1', client_id_issued_at: 1_700_000_000, client_name: 'Example', redirect_uris: ['https://client.example/cb'],
      grant_types: ['authorization_code'], response_types: ['code'], token_endpoint_auth_method: 'none', application_type: 'web',
    });
  });

  it('with a secret says that it does not expire, and echoes keys as JSON', () => {
    expect(answer({ jwks: { keys: [ecKey] }, scope: 'b a' }, 'shh')).toMatchObject({ client_secret: 'shh', client_secret_expires_at: 0, jwks: { keys: [ecKey] }, scope: 'a b' });
  });
});
