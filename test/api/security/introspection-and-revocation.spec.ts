import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RotateResourceSecret } from '../../../src/commands/resources/rotate-resource-secret.js';
import { obtainTokens } from '../../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';

/** Threats 3.12 (IR). */
describe('introspection and revocation', () => {
  let hub: TestHub;
  let resourceId: string;
  beforeAll(async () => {
    hub = await startHub();
    resourceId = await hub.resource();
    await hub.user();
  });
  afterAll(() => hub.close());

  it('IR-01, IR-03: introspection needs credentials and says one thing about everything that is not active', async () => {
    expect((await hub.post('/introspect', { token: 'x' })).status).toBe(401);
    const service = await hub.service(resourceId, ['notes:read']);
    const own = basic(service.clientId, service.clientSecret);
    const { body } = await hub.clientCredentials(service, { resource: NOTES.uri });
    const token = body['access_token'] as string;
    expect((await hub.post('/introspect', { token }, own)).body).toMatchObject({ active: true, client_id: service.clientId, scope: 'notes:read' });
    const stranger = await hub.service(resourceId, ['notes:read']);
    for (const [asked, headers] of [['garbage', own], [`${token}x`, own], [token, basic(stranger.clientId, stranger.clientSecret)]] as const)
      expect((await hub.post('/introspect', { token: asked }, headers)).body).toEqual({ active: false });
    hub.inside.clock.advance(301);
    expect((await hub.post('/introspect', { token }, own)).body).toEqual({ active: false });
    expect((await hub.post('/introspect', { token: 'x'.repeat(1_000_000) }, own)).status).toBe(413);
  });

  it('a resource server sees its own tokens and never those of another', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const token = (await hub.clientCredentials(service, { resource: NOTES.uri })).body['access_token'] as string;
    const other = await hub.resource({ ...NOTES, uri: `${NOTES.uri}/other` });
    const answers = await Promise.all([resourceId, other].map(async (id) => {
      const { secret } = await hub.do(new RotateResourceSecret(id, hub.context));
      return (await hub.post('/introspect', { token }, basic(id, secret))).body;
    }));
    expect(answers).toEqual([expect.objectContaining({ active: true, aud: NOTES.uri }), { active: false }]);
  });

  it('IR-04, IR-05: only its own client can revoke a token; unknown tokens are no error', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const stranger = await hub.service(resourceId, ['notes:read']);
    const token = (await hub.clientCredentials(service, { resource: NOTES.uri })).body['access_token'] as string;
    const own = basic(service.clientId, service.clientSecret);
    expect((await hub.post('/revoke', { token }, basic(stranger.clientId, stranger.clientSecret))).body['error']).toBe('unauthorized_client');
    expect((await hub.post('/introspect', { token }, own)).body['active']).toBe(true);
    expect((await hub.post('/revoke', { token: 'unknown' }, own)).status).toBe(200);
    expect((await hub.post('/revoke', { token }, own)).status).toBe(200);
    expect((await hub.post('/revoke', { token }, own)).status).toBe(200);
    expect((await hub.post('/introspect', { token }, own)).body).toEqual({ active: false });
  });

  it('IR-06: revoking a refresh token ends the access tokens of its family', async () => {
    const { clientId } = await hub.agent({ ...PUBLIC_CLIENT, tokenEndpointAuthMethod: 'none' });
    const tokens = await obtainTokens(hub, clientId);
    const { secret } = await hub.do(new RotateResourceSecret(resourceId, hub.context));
    const asServer = basic(resourceId, secret);
    expect((await hub.post('/introspect', { token: tokens.accessToken }, asServer)).body['active']).toBe(true);
    await hub.post('/revoke', { token: tokens.refreshToken, client_id: clientId });
    expect((await hub.post('/introspect', { token: tokens.accessToken }, asServer)).body).toEqual({ active: false });
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
