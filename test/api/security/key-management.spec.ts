import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RotateSigningKeys } from '../../../src/commands/keys/rotate-signing-keys.js';
import { KeyRing } from '../../../src/domain/ports/key-ring.js';
import { SecretsUnavailable } from '../../../src/domain/ports/secret-store.js';
import { obtainCode, redeem, refresh } from '../../support/code-flow.js';
import { allow, exchange, exchanger } from '../../support/exchange.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';
import { type Body, EVERY_SCOPE, adminToken, callerWith } from '../admin/admin-rig.js';

const kidOf = (jwt: string): string => (JSON.parse(Buffer.from(jwt.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;

/** Threats 3.24 (KM): keys that sign. */
describe('key management', () => {
  let hub: TestHub;
  let resourceId: string;
  let service: { clientId: string; clientSecret: string; agentId: string };
  beforeAll(async () => {
    hub = await startHub();
    resourceId = await hub.resource();
    service = await hub.service(resourceId, ['notes:read']);
    await hub.user();
  });
  afterAll(() => hub.close());

  const admin = async () => callerWith(hub, (await adminToken(hub)).token);
  const published = async (): Promise<readonly string[]> => ((await (await hub.fetch('/jwks')).json()) as { keys: readonly { kid: string }[] }).keys.map(({ kid }) => kid);
  const aToken = async (): Promise<string> => (await hub.clientCredentials(service, { resource: NOTES.uri })).body['access_token'] as string;
  const isActive = async (token: string): Promise<unknown> => (await hub.post('/introspect', { token }, basic(service.clientId, service.clientSecret))).body['active'];
  const revoke = async (kid: string, reason = 'The backup tape is gone'): Promise<Body> => {
    const { status, body } = await (await admin()).post(`/api/keys/${kid}/revoke`, { reason });
    expect(status).toBe(200);
    return body;
  };

  it('KM-01: a key that is due is published a day before it signs, and the one before it as long as its tokens live', async () => {
    const before = kidOf(await aToken());
    const tick = () => hub.do(new RotateSigningKeys(['ES256'], false, hub.context));
    const known = await published();
    hub.inside.clock.advance(29 * 86_400);
    await tick();
    const [next] = (await published()).filter((kid) => !known.includes(kid));
    hub.inside.clock.advance(86_400 - 60);
    await tick();
    const last = await aToken();
    expect(kidOf(last)).toBe(before);
    hub.inside.clock.advance(60);
    await tick();
    expect(kidOf(await aToken())).toBe(next);
    expect([(await published()).includes(before), await isActive(last)]).toEqual([true, true]);
    hub.inside.clock.advance(2 * 86_400 + 1);
    await tick();
    expect(await published()).not.toContain(before);
    const told = async (kid: string | undefined) => (await hub.events()).filter(({ stream, data }) => stream.startsWith('key-') && (data as { kid?: string }).kid === kid).map(({ type }) => type);
    expect([await told(next), (await told(before)).slice(-2)]).toEqual([['SigningKeyGenerated', 'SigningKeyActivated'], ['SigningKeyRetired', 'SigningKeyRemoved']]);
  });

  describe('KM-02: a key that somebody else may have', () => {
    it('is published no longer, and nothing that it signed counts anywhere: no introspection, no admin API, no userinfo, no exchange', async () => {
      const { token: bearer } = await adminToken(hub);
      const { clientId } = await hub.agent(PUBLIC_CLIENT, 'App');
      const tokens = (await redeem(hub, clientId, await obtainCode(hub, clientId, { change: { scope: 'openid notes:read' } }))).body as Record<string, string>;
      const userinfo = async () => (await hub.fetch('/userinfo', { headers: { authorization: `Bearer ${tokens['access_token']}` } })).status;
      const backend = await exchanger(hub);
      await allow(hub, backend.agentId, { kind: 'agent', id: backend.agentId }, resourceId, ['notes:read']);
      const [token, own] = [await aToken(), (await hub.clientCredentials(backend, { resource: NOTES.uri })).body['access_token'] as string];
      const stolen = kidOf(token);
      expect([kidOf(bearer), kidOf(own), kidOf(tokens['access_token']!)]).toEqual([stolen, stolen, stolen]);
      expect([await isActive(token), await userinfo(), (await exchange(hub, backend, own)).status]).toEqual([true, 200, 200]);

      const { items } = await revoke(stolen);

      expect(await published()).not.toContain(stolen);
      expect(JSON.stringify(items)).not.toContain(stolen);
      expect(await isActive(token)).toBe(false);
      expect((await callerWith(hub, bearer).get('/api/keys')).status).toBe(401);
      expect(await userinfo()).toBe(401);
      expect((await exchange(hub, backend, own)).body).toMatchObject({ error: 'invalid_request' });
      // Another key signs already, and whoever was signed in goes on with it.
      const fresh = await aToken();
      expect([await isActive(fresh), (await published()).includes(kidOf(fresh))]).toEqual([true, true]);
      expect((await refresh(hub, clientId, tokens['refresh_token']!)).status).toBe(200);
    });

    it('counts no more on any node, and none publishes it', async () => {
      const beside = await startHub({ beside: hub });
      const token = await aToken();
      const seen = () => Promise.all([hub, beside].map(async (node) => {
        const { body } = await node.post('/introspect', { token }, basic(service.clientId, service.clientSecret));
        return [body['active'], (await (await node.fetch('/jwks')).text()).includes(kidOf(token))];
      }));
      expect(await seen()).toEqual([[true, true], [true, true]]);
      await revoke(kidOf(token));
      expect(await seen()).toEqual([[false, false], [false, false]]);
      expect((await beside.clientCredentials(service, { resource: NOTES.uri })).status).toBe(200);
      await beside.close();
    });

    it('stands in the ledger with who revoked it and why, and after that that its private half is destroyed', async () => {
      const kid = kidOf(await aToken());
      await revoke(kid, 'It stood in a log');
      const told = (await hub.events('SigningKeyRevoked', 'SigningKeyRemoved', 'SigningKeyActivated')).slice(-3);
      expect(told.map(({ type }) => type)).toEqual(['SigningKeyRevoked', 'SigningKeyActivated', 'SigningKeyRemoved']);
      expect(told[0]).toMatchObject({ data: { kid, reason: 'It stood in a log' }, actor: { kind: 'user', act: { kind: 'agent' } } });
      await expect(hub.inside.app.get(KeyRing, { strict: false }).load(hub.context.tenant, kid, 'ES256')).rejects.toThrow(/no signing key/);
    });

    it('is told from one that nobody has, and to revoke it needs a reason and a scope of its own', async () => {
      const one = await admin();
      expect(await one.post('/api/keys/nobody/revoke', { reason: 'r' })).toMatchObject({ status: 404, body: { code: 'key.unknown' } });
      const kid = kidOf(await aToken());
      expect(await one.post(`/api/keys/${kid}/revoke`, { reason: ' ' })).toMatchObject({ status: 422 });
      const weak = callerWith(hub, (await adminToken(hub, { scopes: EVERY_SCOPE.filter((scope) => scope !== 'keys:write') })).token);
      expect(await weak.post(`/api/keys/${kid}/revoke`, { reason: 'r' })).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
      expect(await published()).toContain(kid);
    });

    it('that was retired, or would sign next, ends as well, and the one that signs goes on', async () => {
      await hub.do(new RotateSigningKeys(['ES256'], true, hub.context));
      const signs = kidOf(await aToken());
      const { items } = (await (await admin()).get('/api/keys')).body as { items: readonly Body[] };
      for (const { kid } of items.filter(({ kid, alg }) => alg === 'ES256' && kid !== signs)) await revoke(kid as string);
      expect([kidOf(await aToken()), (await published()).includes(signs)]).toEqual([signs, true]);
    });

    it('KM-06: stops counting also while the vault is away; until it is back nothing is signed, and then by another key', async () => {
      const token = await aToken();
      const ring = hub.inside.app.get(KeyRing, { strict: false });
      const bearer = callerWith(hub, (await adminToken(hub)).token);
      const { generate, destroy } = ring;
      const away = () => Promise.reject(new SecretsUnavailable('away'));
      Object.assign(ring, { generate: away, destroy: away });
      expect((await bearer.post(`/api/keys/${kidOf(token)}/revoke`, { reason: 'r' })).status).toBe(503);
      expect([await isActive(token), (await published()).includes(kidOf(token))]).toEqual([false, false]);
      expect((await hub.clientCredentials(service, { resource: NOTES.uri })).status).toBe(503);
      Object.assign(ring, { generate, destroy });
      await hub.do(new RotateSigningKeys(['ES256', 'RS256'], false, hub.context));
      expect(await isActive(await aToken())).toBe(true);
      await expect(ring.load(hub.context.tenant, kidOf(token), 'ES256')).rejects.toThrow(/no signing key/);
    });
  });

  it('KM-03: JWKS and the admin API have public members and nothing else', async () => {
    const PUBLIC = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'];
    const { keys } = (await (await hub.fetch('/jwks')).json()) as { keys: readonly Body[] };
    const { items } = (await (await admin()).get('/api/keys')).body as { items: readonly Body[] };
    for (const key of [...keys, ...items.map(({ jwk }) => jwk as Body)]) {
      expect(Object.keys(key).filter((name) => !PUBLIC.includes(name))).toEqual([]);
      expect(['EC', 'RSA']).toContain(key['kty']);
    }
    expect(keys.length).toBeGreaterThan(1);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
