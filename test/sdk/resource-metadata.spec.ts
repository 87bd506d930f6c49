import { describe, expect, it } from '@jest/globals';
import { type ProtectionOptions, protect } from '@mandate/mcp';

const options = (more: Partial<ProtectionOptions> = {}): ProtectionOptions => ({
  issuer: 'https://hub.example',
  resource: 'https://notes.example/mcp',
  tools: { list_notes: ['notes:read'], add_note: ['notes:write', 'notes:read'] },
  ...more,
});
const at = (url: string, more: Partial<ProtectionOptions> = {}, init?: RequestInit): Promise<Response> => protect(() => new Response('reached'), options(more)).fetch(new Request(url, init));

describe('the metadata of the protected resource (RFC 9728)', () => {
  it('is served with the path inserted and in the root form, to anyone and to any page', async () => {
    for (const path of ['/mcp', '', '/']) {
      const response = await at(`https://notes.example/.well-known/oauth-protected-resource${path}`);
      expect([response.status, response.headers.get('access-control-allow-origin'), response.headers.get('content-type')]).toEqual([200, '*', 'application/json']);
      expect(await response.json()).toEqual({
        resource: 'https://notes.example/mcp',
        authorization_servers: ['https://hub.example'],
        scopes_supported: ['notes:read', 'notes:write'],
        bearer_methods_supported: ['header'],
      });
    }
  });

  it('speaks of the configured resource, whatever host the request names', async () => {
    const response = await at('http://evil.example/.well-known/oauth-protected-resource/mcp', {}, { headers: { 'x-forwarded-host': 'evil.example' } });
    expect(await response.json()).toMatchObject({ resource: 'https://notes.example/mcp' });
  });

  it('never lists offline_access, and the challenge never asks for it', async () => {
    const more = { scopes: ['notes:read', 'offline_access'], defaultScopes: ['offline_access', 'notes:read'] };
    expect(await (await at('https://notes.example/.well-known/oauth-protected-resource', more)).json()).toMatchObject({ scopes_supported: ['notes:read'] });
    expect((await at('https://notes.example/mcp', more)).headers.get('www-authenticate')).toContain('scope="notes:read"');
  });

  it('carries the name and the documentation that were given, and no empty list', async () => {
    const more = { name: 'Notes', documentation: 'https://notes.example/docs', tools: {} };
    const document = await (await at('https://notes.example/.well-known/oauth-protected-resource/mcp', more)).json();
    expect(document).toMatchObject({ resource_name: 'Notes', resource_documentation: 'https://notes.example/docs' });
    expect(document).not.toHaveProperty('scopes_supported');
  });

  it('answers HEAD without a body, a preflight with 204 and a POST with 405; none of them reaches the server', async () => {
    const url = 'https://notes.example/.well-known/oauth-protected-resource/mcp';
    expect(await (await at(url, {}, { method: 'HEAD' })).text()).toBe('');
    expect((await at(url, {}, { method: 'OPTIONS' })).status).toBe(204);
    expect((await at(url, {}, { method: 'POST', body: '{}' })).status).toBe(405);
  });

  it('is not served at a path that only looks like it', async () => {
    for (const path of ['/mcp/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/other', '/.well-known/oauth-protected-resourcex'])
      expect((await at(`https://notes.example${path}`)).status).toBe(401);
  });

  it.each([
    ['https://notes.example', 'https://notes.example/.well-known/oauth-protected-resource'],
    ['https://notes.example/', 'https://notes.example/.well-known/oauth-protected-resource'],
    ['https://notes.example:8443/a/mcp', 'https://notes.example:8443/.well-known/oauth-protected-resource/a/mcp'],
    ['https://notes.example/mcp?tenant=a', 'https://notes.example/.well-known/oauth-protected-resource/mcp?tenant=a'],
  ])('of %s is at %s', (resource, url) => expect(protect(() => new Response(), options({ resource })).guard.metadataUrl).toBe(url));
});

describe('a web page', () => {
  it('may ask first (CORS), without a token and without reaching the server', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
    const response = await at('https://notes.example/mcp', {}, { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-headers')).toMatch(/Authorization.*MCP-Protocol-Version/);
    expect((await at('https://notes.example/mcp', {}, { method: 'OPTIONS' })).status).toBe(401);
  });

  it('can read the challenge of a refusal', async () => {
    const { headers } = await at('https://notes.example/mcp');
    expect(headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
  });
});

describe('options that make no sense', () => {
  it.each<[string, Partial<ProtectionOptions>]>([
    ['issuer', { issuer: '' }],
    ['issuer', { issuer: 'hub.example' }],
    ['issuer', { issuer: 'http://hub.example' }],
    ['issuer', { issuer: 'ftp://hub.example', allowHttp: true }],
    ['issuer', { issuer: 'http://localhost.evil.example' }],
    ['issuer', { issuer: 'https://trusted.example@evil.example' }],
    ['resource', { resource: 'https://notes.example/mcp#part' }],
    ['resource', { resource: 'http://notes.example/mcp' }],
    ['tools', { tools: { x: { scopes: ['a'], acrValues: [] } } }],
    ['"x"', { tools: { x: ['two words'] } }],
    ['"x"', { tools: { x: ['quo"te'] } }],
    ['"x"', { tools: { x: [''] } }],
    ['maxAge', { tools: { x: { scopes: [], maxAge: -1 } } }],
    ['"x"', { tools: { x: ['offline_access'] } }],
    ['methods["prompts/get"]', { methods: { 'prompts/get': ['offline_access'] } }],
    ['methods', { methods: { 'tools/call': ['a'] } }],
    ['defaultScopes', { defaultScopes: ['a b'] }],
    ['tenant', { tenant: '' }],
    ['tenantClaim', { tenantClaim: '' }],
    ['algorithms', { algorithms: ['HS256'] }],
    ['algorithms', { algorithms: ['none'] }],
    ['algorithms', { algorithms: [] }],
    ['clockSkew', { clockSkew: 3600 }],
    ['clockSkew', { clockSkew: Number.NaN }],
    ['introspect.clientId', { introspect: { clientId: '', clientSecret: 's' } }],
    ['introspect.clientSecret', { introspect: { clientId: 'c', clientSecret: '' } }],
    ['introspect.cacheMs', { introspect: { clientId: 'c', clientSecret: 's', cacheMs: 1001 } }],
    ['streamCheckMs', { streamCheckMs: 0 }],
  ])('are refused at the start, by the name of %s', (name, more) => {
    const start = (): unknown => protect(() => new Response(), options(more));
    expect(start).toThrow(TypeError);
    if (name !== 'tools') expect(start).toThrow(name);
  });

  it('do not include http on this machine', () => {
    for (const host of ['localhost:4000', '127.0.0.1:4000', '[::1]:4000', 'hub.localhost']) expect(() => protect(() => new Response(), options({ issuer: `http://${host}` }))).not.toThrow();
    expect(() => protect(() => new Response(), options({ issuer: 'http://hub:4000', allowHttp: true }))).not.toThrow();
  });
});
