import { describe, expect, it } from '@jest/globals';
import type { ConnectionSettings } from '../../../src/domain/connection/connection.events.js';
import { checkSettings } from '../../../src/domain/connection/setting-checks.js';
import { keySettings, oauthSettings } from './sample-settings.js';

const codeOf = (settings: ConnectionSettings, local = false): string => {
  try {
    checkSettings(settings, local);
    return 'fine';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const withoutOAuth = ({ oauth: _, ...rest }: ConnectionSettings): ConnectionSettings => rest;

describe('what a connection may be', () => {
  it('is OAuth or a key, one of them', () => {
    expect([codeOf(oauthSettings()), codeOf(keySettings())]).toEqual(['fine', 'fine']);
    expect(codeOf(withoutOAuth(oauthSettings()))).toBe('connection.invalid');
    expect(codeOf({ ...oauthSettings(), apiKey: { placement: 'header', name: 'X-Key' } })).toBe('connection.invalid');
  });

  it.each([
    'http://login.notes.example/token', 'https://user@login.notes.example/token', 'https://login.notes.example/token#x', 'ftp://x', 'javascript:alert(1)',
    'https://login.notes.example/to ken', 'https://login.notes.example\\@evil.example/', 'http://localhost:9/token', '',
  ])('sends its secret to https only, never to %j', (tokenEndpoint) => {
    expect(codeOf(oauthSettings({}, { tokenEndpoint }))).toBe('connection.invalid');
  });

  it('reaches loopback where development allows it, and plain http nowhere else', () => {
    expect(codeOf(oauthSettings({ origins: ['http://localhost:9000'] }, { tokenEndpoint: 'http://127.0.0.1:9/token' }), true)).toBe('fine');
    expect(codeOf(oauthSettings({}, { tokenEndpoint: 'http://10.0.0.1/token' }), true)).toBe('connection.invalid');
  });

  it.each(['https://api.notes.example/', 'https://api.notes.example/v1', 'https://API.notes.example', 'https://api.notes.example:443', 'https://*.notes.example', 'http://api.notes.example'])(
    'pins whole origins, so %j is none', (origin) => {
      expect(codeOf(oauthSettings({ origins: [origin] }))).toBe('connection.invalid');
    });

  it.each(['/a/../b', '/a/./b', 'a', '/a b', '/a?x=1', '/a/**/b', '/%2e%2e/x', '/**x'])('allows no path such as %j', (path) => {
    expect(codeOf(oauthSettings({ routes: [{ methods: ['GET'], path }] }))).toBe('connection.invalid');
  });

  it('allows no method that tunnels or that it does not know, and no route for a scope it does not have', () => {
    for (const methods of [['CONNECT'], ['TRACE'], ['get'], []]) expect(codeOf(oauthSettings({ routes: [{ methods, path: '/**' }] }))).toBe('connection.invalid');
    expect(codeOf(oauthSettings({ routes: [{ methods: ['GET'], path: '/**', scopes: ['admin'] }] }))).toBe('connection.invalid');
  });

  it.each(['Host', 'content-length', 'Connection', 'Transfer-Encoding', 'Cookie', 'X-Forwarded-For', 'bad name', 'X-Key\r\nX-Other'])('puts no key into the header %j', (name) => {
    expect(codeOf(keySettings({ apiKey: { placement: 'header', name } }))).toBe('connection.invalid');
  });

  it('begins no header of its own with a prefix', () => {
    expect(codeOf(keySettings({ apiKey: { placement: 'header', name: 'Authorization', prefix: 'Key ' } }))).toBe('fine');
    expect(codeOf(keySettings({ apiKey: { placement: 'header', name: 'Authorization', prefix: 'Key\r\nX-Admin: 1' } }))).toBe('connection.invalid');
  });

  it.each(['client_id', 'redirect_uri', 'state', 'code_challenge', 'response_mode', 'request_uri', 'nonce', 'a b'])('overrides nothing that the hub says, such as %j', (name) => {
    expect(codeOf(oauthSettings({}, { authorizeParameters: [{ name, value: 'x' }] }))).toBe('connection.invalid');
  });

  it.each(['{{secret.github}}', '${GITHUB_SECRET}', 'vault:kv/github', 'env:SECRET', ' secret:other', '<%= x %>'])('refers to no other secret: %j (VA-08)', (value) => {
    expect(codeOf(oauthSettings({}, { authorizeParameters: [{ name: 'audience', value }] }))).toBe('connection.secret_reference');
    expect(codeOf(oauthSettings({}, { clientId: value }))).toBe('connection.secret_reference');
  });

  it('by client credentials is the tenant\'s, with a client that proves itself', () => {
    const machine = { grant: 'client_credentials', clientAuthentication: 'client_secret_post' } as const;
    expect(codeOf(oauthSettings({ heldBy: 'tenant' }, machine))).toBe('fine');
    expect(codeOf(oauthSettings({ heldBy: 'user' }, machine))).toBe('connection.invalid');
    expect(codeOf(oauthSettings({ heldBy: 'tenant' }, { ...machine, clientAuthentication: 'none' }))).toBe('connection.invalid');
  });
});
