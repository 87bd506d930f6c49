import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GiveGrant } from '../../../src/commands/grants/give-grant.js';
import { obtainCode, obtainTokens } from '../../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';

const DOCUMENT = 'https://client.example/agent.json';
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
/** As ChatGPT publishes it: a key, and beside it that none will do. */
const EITHER = {
  client_id: DOCUMENT, client_name: 'Either', redirect_uris: PUBLIC_CLIENT.redirectUris, grant_types: ['authorization_code', 'client_credentials'],
  token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'], jwks: { keys: [publicKey.export({ format: 'jwk' })] },
};

describe('who a client is', () => {
  let hub: TestHub;
  let resourceId: string;
  beforeAll(async () => {
    hub = await startHub();
    resourceId = await hub.resource();
    await hub.user();
  });
  afterAll(() => hub.close());

  const register = async (metadata: object) => (await (await hub.fetch('/register', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ redirect_uris: PUBLIC_CLIENT.redirectUris, ...metadata }),
  })).json()) as Record<string, string>;

  describe('a client that may come with its key or without any', () => {
    let accessToken: string;
    beforeAll(async () => {
      hub.inside.documents.publish(DOCUMENT, EITHER);
      const { code, verifier } = await obtainCode(hub, DOCUMENT);
      const { body } = await hub.post('/token', { grant_type: 'authorization_code', client_id: DOCUMENT, code, code_verifier: verifier });
      accessToken = body['access_token'] as string;
      const { agentId } = (await hub.events('CodeIssued')).at(-1)!.data as { agentId: string };
      await hub.do(new GiveGrant({ agentId, principal: { kind: 'agent', id: agentId }, resourceId, scopes: ['notes:read'] }, hub.context));
    });

    it('gets no power of its own without the key: knowing its name proves nothing', async () => {
      const { status, body } = await hub.post('/token', { grant_type: 'client_credentials', client_id: DOCUMENT, resource: NOTES.uri });
      expect([status, body['error']]).toEqual([400, 'unauthorized_client']);
    });

    it('is not told about tokens without the key', async () => {
      const { status, body } = await hub.post('/introspect', { client_id: DOCUMENT, token: accessToken });
      expect([status, body['error']]).toEqual([401, 'invalid_client']);
    });
  });

  it.each([
    ['of 200 characters outside the first plane', { client_name: '🤖'.repeat(200) }],
    ['that is made from a long host', { redirect_uris: [`https://${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(50)}.example/cb`] }],
  ] as readonly (readonly [string, { client_name?: string; redirect_uris?: string[] }])[])('a client with a name %s can register', async (_, metadata) => {
    const registered = await register({ token_endpoint_auth_method: 'none', ...metadata });
    expect(registered['error']).toBeUndefined();
    expect(registered['client_name']).toBe(metadata.client_name ?? `Client at ${new URL(metadata.redirect_uris![0]!).hostname}`);
  });

  describe('RX-04: strangers do not write one event per request', () => {
    const written = async (act: () => Promise<unknown>): Promise<number> => {
      const before = (await hub.events()).length;
      // oxlint-disable-next-line no-await-in-loop
      for (let n = 0; n < 20; n += 1) await act();
      return (await hub.events()).length - before;
    };

    it('by asking for grants that do not exist, as a client that anybody can be', async () => {
      const { clientId } = await hub.agent(PUBLIC_CLIENT);
      let n = 0;
      expect(await written(() => hub.post('/token', { grant_type: `made-up-${(n += 1)}`, client_id: clientId }))).toBe(1);
    });

    it('by asking for grants that they may not use, as a client they have registered', async () => {
      const { client_id, client_secret } = await register({ token_endpoint_auth_method: 'client_secret_basic' });
      const ask = () => hub.post('/token', { grant_type: 'client_credentials', resource: NOTES.uri }, basic(client_id!, client_secret!));
      expect((await ask()).body['error']).toBe('unauthorized_client');
      expect(await written(ask)).toBe(0);
    });

    it('by bringing a code or a refresh token that is spent', async () => {
      const { clientId } = await hub.agent(PUBLIC_CLIENT);
      const { code, verifier, refreshToken } = await obtainTokens(hub, clientId);
      const redeem = () => hub.post('/token', { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: verifier });
      await redeem();
      await redeem();
      expect(await written(redeem)).toBe(0);
      expect(await written(() => hub.post('/token', { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken }))).toBeLessThanOrEqual(1);
    });
  });

  it.each(['\0', 'x\u0001y', 'naïve', ' '])('a grant type that is no word (%j) is refused, and stands in no event', async (grantType) => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const { status } = await hub.post('/token', { grant_type: grantType, client_id: clientId });
    expect(status).toBe(400);
    const noted = (await hub.events('TokenRefused')).at(-1)!.data as { agentId: string; grantType: string };
    expect(noted).toMatchObject({ agentId: clientId, grantType: 'unknown' });
  });

  it.each([['with a NUL', 'notes:read a\0b'], ['of 300 characters', `notes:read ${'x'.repeat(300)}`], ['with a quote', 'notes:read "']])('a scope %s is refused, and stands in no event', async (_, scope) => {
    const service = await hub.service(resourceId, ['notes:read']);
    const { status, body } = await hub.clientCredentials(service, { resource: NOTES.uri, scope });
    expect([status, body['error']]).toEqual([400, 'invalid_scope']);
    expect(JSON.stringify(await hub.events())).not.toContain(JSON.stringify(scope).slice(1, -1));
    const noted = (await hub.events('TokenRefused')).at(-1)!.data;
    expect(noted).toEqual({ agentId: service.agentId, grantType: 'client_credentials', error: 'invalid_scope', reason: 'scope.none_allowed' });
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
