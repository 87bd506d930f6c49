import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NarrowGrant } from '../../../src/commands/grants/narrow-grant.js';
import { RevokeGrant } from '../../../src/commands/grants/revoke-grant.js';
import { obtainCode, redeem } from '../../support/code-flow.js';
import { claimsOf } from '../../support/exchange.js';
import { FragileLedger } from '../../support/fragile-ledger.js';
import { ANA, PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { TestClock } from '../../support/test-clock.js';

describe('who a person is, at the place where the ledger has it that it was told', () => {
  let hub: TestHub;
  let ledger: FragileLedger;
  let accessToken: string;
  let grantId: string;
  beforeEach(async () => {
    const clock = new TestClock();
    ledger = new FragileLedger(() => clock.now());
    hub = await startHub({ ledger, clock });
    await hub.resource();
    await hub.user();
    const { clientId } = await hub.agent(PUBLIC_CLIENT);
    const { body } = await redeem(hub, clientId, await obtainCode(hub, clientId, { change: { scope: 'openid profile email', resource: undefined } }));
    accessToken = String(body['access_token']);
    grantId = String(claimsOf(accessToken)['grant_id']);
    ledger.awaited = 'PersonalDataRevealed';
  });
  afterEach(() => hub.close());

  const userinfo = async () => {
    const answer = await hub.fetch('/userinfo', { headers: { authorization: `Bearer ${accessToken}` } });
    return { status: answer.status, body: await answer.text() };
  };

  it('is told when nothing that the token rests on has changed', async () => {
    ledger.before = async () => hub.agent(PUBLIC_CLIENT, 'Somebody else');
    expect((await userinfo()).body).toContain(ANA.email);
  });

  it('is told to nobody whose grant is revoked before that place', async () => {
    ledger.before = () => hub.do(new RevokeGrant(grantId, 'test', undefined, hub.context));
    const { status, body } = await userinfo();
    expect(status).toBe(401);
    expect(body).not.toContain(ANA.email);
    expect(body).not.toContain(ANA.name);
  });

  it('is told without what the grant lost before that place', async () => {
    ledger.before = () => hub.do(new NarrowGrant(grantId, ['openid', 'profile'], hub.context));
    const { body } = await userinfo();
    expect(body).toContain(ANA.name);
    expect(body).not.toContain(ANA.email);
  });
});
