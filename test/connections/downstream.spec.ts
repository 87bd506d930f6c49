import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OAuthSettings } from '../../src/domain/connection/connection.events.js';
import { OAuthClient } from '../../src/platform/downstream/oauth-client.js';
import { GuardedHttp } from '../../src/platform/guarded-fetch/guarded-http.js';
import { Downstream } from '../support/downstream.js';
import { follow } from '../support/follow.js';

const CALLBACK = 'https://hub.example/connections/service/callback';
const CLIENT = { client_id: 'hub', client_secret: 'a-secret-of-the-hub', redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token', 'client_credentials'], scope: 'openid offline_access read write' };

describe('OAuth towards a service that is not ours', () => {
  const client = new OAuthClient(new GuardedHttp({ allowLoopback: true }));
  let service: Downstream;
  let settings: OAuthSettings;
  beforeAll(async () => {
    service = await Downstream.start({ clients: [CLIENT], registration: true });
    const server = await client.discoverServer(service.issuer);
    settings = {
      grant: 'authorization_code', clientId: 'hub', clientAuthentication: 'client_secret_basic', registration: 'manual', authorizeParameters: [], scopeSeparator: 'space',
      issuer: server.issuer, answersWithIssuer: server.answersWithIssuer, authorizationEndpoint: server.authorizationEndpoint!, tokenEndpoint: server.tokenEndpoint, revocationEndpoint: server.revocationEndpoint!, jwksUri: server.jwksUri!,
    };
  });
  afterAll(() => service.close());
  const attempt = (scopes: readonly string[] = ['openid', 'read']) => ({ redirectUri: CALLBACK, state: 'st', codeVerifier: 'v'.repeat(43), nonce: 'n-1', scopes });
  const party = { oauth: {} as OAuthSettings, secret: CLIENT.client_secret };
  const authorize = async (given = attempt(), change: Partial<OAuthSettings> = {}) => (await follow(await client.authorizationUrl({ ...settings, ...change }, given))).split('?')[1]!;
  const redeem = (answer: string, given = attempt(), change: Partial<OAuthSettings> = {}) => client.redeem({ ...party, oauth: { ...settings, ...change } }, answer, given);

  it('finds the endpoints by the issuer, and refuses a document of another one', async () => {
    expect(settings).toMatchObject({ issuer: service.issuer, answersWithIssuer: true, tokenEndpoint: `${service.issuer}/token` });
    await expect(client.discoverServer(service.issuer.replace('localhost', '127.0.0.1'))).rejects.toMatchObject({ reason: 'answer_invalid' });
  });

  it('gets tokens by code, PKCE and nonce, refreshes them with rotation, and has them revoked', async () => {
    const tokens = await redeem(await authorize());
    expect(tokens).toMatchObject({ expiresIn: 600, scopes: ['openid', 'read'] });
    const again = await client.refresh({ ...party, oauth: settings }, tokens.refreshToken!);
    expect(again.refreshToken).not.toBe(tokens.refreshToken);
    expect(await service.tokenOf(`Bearer ${again.accessToken}`)).toMatchObject({ accountId: 'octocat' });
    await client.revoke({ ...party, oauth: settings }, again.refreshToken!, 'refresh_token');
    expect(await service.tokenOf(`Bearer ${again.accessToken}`)).toBeUndefined();
    await expect(client.refresh({ ...party, oauth: settings }, again.refreshToken!)).rejects.toMatchObject({ reason: 'invalid_grant', final: true });
  });

  it.each<readonly [string, (answer: URLSearchParams) => void]>([
    ['another state', (answer) => answer.set('state', 'other')], ['no state', (answer) => answer.delete('state')],
    ['the issuer of somebody else (RFC 9207)', (answer) => answer.set('iss', 'https://evil.example')], ['no issuer, though one was promised', (answer) => answer.delete('iss')],
    ['two states', (answer) => answer.append('state', 'st')], ['two codes', (answer) => answer.append('code', 'x')],
  ])('takes no answer with %s, and asks nothing of the service', async (_, change) => {
    const answer = new URLSearchParams(await authorize());
    change(answer);
    const before = service.count('authorization_code');
    await expect(redeem(answer.toString())).rejects.toMatchObject({ reason: 'answer_invalid' });
    expect(service.count('authorization_code')).toBe(before);
  });

  it('takes no code that was given for another challenge, and no ID token for another nonce', async () => {
    await expect(redeem(await authorize(), { ...attempt(), codeVerifier: 'w'.repeat(43) })).rejects.toMatchObject({ reason: 'invalid_grant' });
    await expect(redeem(await authorize(), { ...attempt(), nonce: 'n-2' })).rejects.toMatchObject({ reason: 'answer_invalid' });
  });

  it('redeems without an issuer where none is known, by state, PKCE and its own redirect URI', async () => {
    const { issuer: _, ...rest } = settings;
    const unknown = { ...rest, answersWithIssuer: false } as OAuthSettings;
    const answer = (await follow(await client.authorizationUrl(unknown, attempt()))).split('?')[1]!;
    expect(await client.redeem({ ...party, oauth: unknown }, answer, attempt())).toMatchObject({ scopes: ['openid', 'read'] });
  });

  it('says what the service said when a person says no', async () => {
    service.consents = false;
    const answer = await authorize();
    service.consents = true;
    await expect(redeem(answer)).rejects.toMatchObject({ reason: 'access_denied', final: true });
  });

  it('proves itself in the header or in the body, and gets nothing with a wrong secret', async () => {
    expect(await client.clientCredentials({ ...party, oauth: { ...settings, clientAuthentication: 'client_secret_post' } }, ['read'])).toMatchObject({ scopes: ['read'] });
    expect(await client.clientCredentials({ ...party, oauth: settings }, ['read'])).toMatchObject({ refreshToken: undefined, scopes: ['read'] });
    await expect(client.clientCredentials({ ...party, secret: 'wrong', oauth: settings }, ['read'])).rejects.toMatchObject({ reason: 'invalid_client' });
  });

  it('proves itself with a private key that it made', async () => {
    const { secret, jwk } = await client.generateKey();
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [JSON.parse(jwk) as object] }, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'read' };
    const registered = await fetch(`${service.issuer}/reg`, { method: 'POST', body: JSON.stringify(metadata), headers: { 'content-type': 'application/json' } });
    const { client_id: clientId } = (await registered.json()) as { client_id: string };
    const oauth: OAuthSettings = { ...settings, clientId, clientAuthentication: 'private_key_jwt' };
    expect(JSON.parse(jwk)).not.toHaveProperty('d');
    expect(await client.clientCredentials({ oauth, secret }, ['read'])).toMatchObject({ scopes: ['read'] });
    const other = await client.generateKey();
    await expect(client.clientCredentials({ oauth, secret: other.secret }, ['read'])).rejects.toMatchObject({ reason: 'invalid_client' });
  });

  it('finds out who gives tokens for an MCP server, registers there, and asks for that server alone (RFC 9728, 7591, 8707)', async () => {
    const { resource, issuer, scopes } = await client.discoverResource(`${service.issuer}/api/mcp`);
    expect({ resource, issuer, scopes }).toEqual({ resource: `${service.issuer}/api/mcp`, issuer: service.issuer, scopes: ['read', 'write'] });
    const { clientSecret, ...registered } = await client.register(await client.discoverServer(issuer), { redirectUri: CALLBACK, name: 'Mandate', scopes });
    const oauth: OAuthSettings = { ...settings, ...registered, resource };
    const given = attempt(['read']);
    const answer = (await follow(await client.authorizationUrl(oauth, given))).split('?')[1]!;
    const tokens = await client.redeem({ oauth, secret: clientSecret }, answer, given);
    expect(await service.tokenOf(`Bearer ${tokens.accessToken}`)).toMatchObject({ aud: `${service.issuer}/api/mcp`, scope: 'read' });
  });

  it('tells a service that is away from one that says no', async () => {
    service.beforeToken = async (_, response) => Boolean(response.writeHead(503).end());
    await expect(client.clientCredentials({ ...party, oauth: settings }, ['read'])).rejects.toMatchObject({ reason: 'unavailable', final: false });
    service.beforeToken = async (_, response) => Boolean(response.setHeader('content-type', 'application/json').end('x'.repeat(300_000)));
    await expect(client.clientCredentials({ ...party, oauth: settings }, ['read'])).rejects.toMatchObject({ reason: 'too_large', final: false });
    service.beforeToken = undefined;
    await expect(client.clientCredentials({ ...party, oauth: { ...settings, tokenEndpoint: 'http://localhost:1/token' } }, ['read'])).rejects.toMatchObject({ reason: 'network', final: false });
    await expect(client.clientCredentials({ ...party, oauth: { ...settings, tokenEndpoint: 'https://10.0.0.1/token' } }, ['read'])).rejects.toMatchObject({ reason: 'blocked_address', final: false });
  });

  describe('answers of services that differ in small ways', () => {
    const answered = async (body: object, status = 200) => {
      service.beforeToken = async (_, response) => Boolean(response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body)));
      return client.refresh({ ...party, oauth: settings }, 'r').finally(() => (service.beforeToken = undefined));
    };

    it('are read as what they mean: commas, lists, other words for bearer, numbers as text', async () => {
      expect(await answered({ access_token: 'a', scope: 'repo,gist', token_type: 'bearer' })).toMatchObject({ scopes: ['repo', 'gist'] });
      expect(await answered({ ok: true, access_token: 'a', scope: ['x', 'y'], token_type: 'user', expires_in: '3600' })).toMatchObject({ scopes: ['x', 'y'], expiresIn: 3600 });
      expect(await answered({ access_token: 'a' })).toEqual({ accessToken: 'a', refreshToken: undefined, expiresIn: undefined, scopes: undefined });
    });

    it('are failures when they say so with status 200', async () => {
      await expect(answered({ error: 'invalid_grant', error_description: 'x' })).rejects.toMatchObject({ reason: 'invalid_grant', final: true });
      await expect(answered({ ok: false, error: 'invalid_refresh_token' })).rejects.toMatchObject({ reason: 'invalid_refresh_token' });
      await expect(answered({ ok: false })).rejects.toMatchObject({ reason: 'server_error', final: false });
    });

    it('are not taken when the token is of a type that needs more than being sent', async () => {
      await expect(answered({ access_token: 'a', token_type: 'DPoP' })).rejects.toMatchObject({ reason: 'token_type' });
      await expect(answered({ access_token: 'a', token_type: 'mac' })).rejects.toBeDefined();
    });
  });
});
