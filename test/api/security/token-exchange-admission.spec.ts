import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { obtainTokens } from '../../support/code-flow.js';
import { CALENDAR, type Service, allow, exchange, exchanger, operate } from '../../support/exchange.js';
import { FragileLedger } from '../../support/fragile-ledger.js';
import { PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { TestClock } from '../../support/test-clock.js';

describe('an exchanged token, at its own place in the log', () => {
  let hub: TestHub;
  let ledger: FragileLedger;
  let desktop: { agentId: string; clientId: string };
  let server: Service;
  let accessToken: string;
  beforeEach(async () => {
    const clock = new TestClock();
    ledger = new FragileLedger(() => clock.now());
    hub = await startHub({ ledger, clock });
    const notes = await hub.resource();
    const calendar = await hub.resource(CALENDAR);
    const userId = await hub.user();
    desktop = await hub.agent(PUBLIC_CLIENT);
    server = await exchanger(hub);
    await operate(hub, notes, server.agentId);
    await allow(hub, server.agentId, { kind: 'user', id: userId }, calendar, ['events:read']);
    ({ accessToken } = await obtainTokens(hub, desktop.clientId));
  });
  afterEach(() => hub.close());

  it.each<[string, string, () => Promise<unknown>]>([
    ['is revoked', 'token.revoked', () => hub.post('/revoke', { client_id: desktop.clientId, token: accessToken })],
    ['belongs to an agent that is suspended', 'agent.suspended', () => hub.do(new ChangeAgent(desktop.agentId, { type: 'SuspendAgent', reason: 'test' }, hub.context))],
  ])('is not handed out when the token it is made from %s before that place', async (_, reason, meanwhile) => {
    ledger.before = meanwhile;
    const { status, body } = await exchange(hub, server, accessToken, { resource: CALENDAR.uri });
    expect([status, body['error'], body['access_token']]).toEqual([400, 'invalid_request', undefined]);
    expect((await hub.events('TokenVoided')).map(({ data }) => data)).toEqual([expect.objectContaining({ agentId: server.agentId, reason })]);
  });

  it('is handed out when nothing that it relies on has changed', async () => {
    ledger.before = async () => hub.agent(PUBLIC_CLIENT, 'Somebody else');
    expect((await exchange(hub, server, accessToken, { resource: CALENDAR.uri })).status).toBe(200);
  });
});
