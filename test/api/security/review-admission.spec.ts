import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RotateResourceSecret } from '../../../src/commands/resources/rotate-resource-secret.js';
import { obtainCode, obtainTokens, redeem, refresh } from '../../support/code-flow.js';
import { FragileLedger } from '../../support/fragile-ledger.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';
import { TestClock } from '../../support/test-clock.js';

describe('what a token relies on, at its own place in the log', () => {
  let hub: TestHub;
  let ledger: FragileLedger;
  let resourceId: string;
  let clientId: string;
  beforeEach(async () => {
    const clock = new TestClock();
    ledger = new FragileLedger(() => clock.now());
    hub = await startHub({ ledger, clock });
    resourceId = await hub.resource();
    await hub.user();
    ({ clientId } = await hub.agent(PUBLIC_CLIENT));
  });
  afterEach(() => hub.close());

  it('a family that is revoked before the token has its place gives no token', async () => {
    const { refreshToken } = await obtainTokens(hub, clientId);
    ledger.before = () => hub.post('/revoke', { client_id: clientId, token: refreshToken });

    const { status, body } = await refresh(hub, clientId, refreshToken);

    expect([status, body['error']]).toEqual([400, 'invalid_grant']);
    expect((await hub.events('TokenVoided')).at(-1)?.data).toMatchObject({ reason: 'authorization.revoked' });
  });

  it('a code that comes again before the token has its place gives none', async () => {
    const obtained = await obtainCode(hub, clientId);
    ledger.before = () => redeem(hub, clientId, obtained);

    const { status, body } = await redeem(hub, clientId, obtained);

    expect([status, body['error']]).toEqual([400, 'invalid_grant']);
    expect(await hub.events('CodeReplayed', 'AuthorizationRevoked')).toHaveLength(1);
  });

  it('a token that another process of the client refreshed meanwhile is given all the same', async () => {
    const { refreshToken } = await obtainTokens(hub, clientId);
    ledger.before = () => refresh(hub, clientId, refreshToken);
    expect((await refresh(hub, clientId, refreshToken)).status).toBe(200);
  });

  it('IR-08: a node that does not see the log decides nothing: no token, no record of one, and no answer about one or about a person', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    const issued = await hub.clientCredentials(service, { resource: NOTES.uri });
    const { secret } = await hub.do(new RotateResourceSecret(resourceId, hub.context));
    const { body: person } = await redeem(hub, clientId, await obtainCode(hub, clientId, { change: { scope: 'openid email' } }));
    const userinfo = () => hub.fetch('/userinfo', { headers: { authorization: `Bearer ${person['access_token'] as string}` } });
    expect((await userinfo()).status).toBe(200);
    const before = (await hub.events('TokenIssued')).length;
    await ledger.breakSubscriptions();

    const answers = [
      await hub.clientCredentials(service, { resource: NOTES.uri }),
      await hub.post('/introspect', { token: issued.body['access_token'] as string }, basic(resourceId, secret)),
      await userinfo(),
    ];

    expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual(Array.from({ length: 3 }, () => [503, expect.stringMatching(/^[1-5]$/)]));
    expect((await hub.events('TokenIssued')).length).toBe(before);
    expect([(await hub.fetch('/jwks')).status, (await hub.fetch('/.well-known/oauth-authorization-server')).status]).toEqual([200, 200]);
  });
});
