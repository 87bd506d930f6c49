import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { obtainCode, obtainTokens, redeem, refresh } from '../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, startHub } from '../support/hub.js';

const HOUR = 3_600;

describe('a clock that is set (F-22)', () => {
  let hub: TestHub;
  let clientId: string;
  let service: Awaited<ReturnType<TestHub['service']>>;
  beforeAll(async () => {
    hub = await startHub();
    const resourceId = await hub.resource();
    await hub.user();
    ({ clientId } = await hub.agent(PUBLIC_CLIENT));
    service = await hub.service(resourceId, ['notes:read']);
  });
  afterAll(() => hub.close());

  const set = (seconds: number): void => hub.inside.clock.advance(seconds);
  const issue = () => hub.clientCredentials(service, { resource: NOTES.uri });
  const ready = async () => (await hub.fetch('/health/ready')).json() as Promise<Record<string, unknown>>;

  it('back by an hour: nothing that had run out is good again, nothing is issued, readiness says why, and all is well when it is right', async () => {
    const { code, verifier, browser } = await obtainCode(hub, clientId);
    set(HOUR);
    expect((await issue()).status).toBe(200);
    set(-HOUR);

    const attempts = [await issue(), await redeem(hub, clientId, { code, verifier })];
    expect(attempts.map(({ status, headers }) => [status, headers.get('retry-after') !== null])).toEqual([[503, true], [503, true]]);
    expect(await ready()).toMatchObject({ status: 'not_ready', why: expect.stringMatching(/^the clock of this node is 3600 s behind the ledger/) });

    set(HOUR);
    expect((await issue()).status).toBe(200);
    expect((await redeem(hub, clientId, { code, verifier })).body['error']).toBe('invalid_grant');
    expect((await obtainTokens(hub, clientId, browser)).accessToken).toEqual(expect.any(String));
  });

  it('back by an hour after it had been ahead: a restart says that it is right now', async () => {
    await issue();
    set(-HOUR);
    expect((await issue()).status).toBe(503);
    const restarted = await startHub({ beside: hub });
    expect((await restarted.fetch('/health/ready')).status).toBe(200);
    await restarted.close();
    set(HOUR);
  });

  it('back by five seconds, as clocks of several machines differ: nobody notices', async () => {
    await issue();
    set(-5);
    expect((await issue()).status).toBe(200);
    set(5);
  });

  it('forward by an hour and back again: a family that was ended stays ended, and what ran out was only early', async () => {
    const { refreshToken } = await obtainTokens(hub, clientId);
    await hub.post('/revoke', { client_id: clientId, token: refreshToken });
    const living = await obtainTokens(hub, clientId);
    for (const seconds of [HOUR, -HOUR, 0]) {
      set(seconds);
      expect((await refresh(hub, clientId, refreshToken)).body['error']).toMatch(/^(invalid_grant|temporarily_unavailable)$/);
    }
    set(HOUR);
    expect((await refresh(hub, clientId, living.refreshToken)).status).toBe(200);
  });
});
