import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectFirst, borrow, callThroughHub } from '../../examples/brokering.js';
import { ConnectionsRig } from '../connections/connections-rig.js';
import type { Browser } from '../support/browser.js';
import { obtainTokens } from '../support/code-flow.js';
import { type Service, exchanger, operate } from '../support/exchange.js';
import { PUBLIC_CLIENT } from '../support/hub.js';

describe('the example of brokering, against a hub and a service that is not ours', () => {
  let rig: ConnectionsRig;
  let ana: Browser;
  let server: Service;
  let received: string;
  beforeAll(async () => {
    rig = await ConnectionsRig.start();
    ana = await rig.ana();
    server = await exchanger(rig.hub, 'Notes server');
    await operate(rig.hub, await rig.hub.resource(), server.agentId);
    ({ accessToken: received } = await obtainTokens(rig.hub, (await rig.hub.agent(PUBLIC_CLIENT)).clientId, ana));
  });
  afterAll(() => rig.close());

  it('sends the person to connect the service first; then the server has the person\'s own token of it', async () => {
    const credentials = { issuer: rig.hub.issuer, ...server };
    const first = await borrow(credentials, received, 'service', 'read').catch((error: unknown) => error);
    expect(first).toBeInstanceOf(ConnectFirst);
    await rig.connect(ana, (first as ConnectFirst).url);
    const { token, scope, expiresIn } = await borrow(credentials, received, 'service', 'read');
    expect([scope, expiresIn]).toEqual(['read', 600]);
    const answer = await fetch(`${rig.service.issuer}/api/things`, { headers: { authorization: `Bearer ${token}` } });
    expect(await answer.json()).toMatchObject({ account: 'octocat' });
    await expect(borrow(credentials, received, 'service', 'write')).rejects.toThrow('invalid_scope');
  });

  it('lets the hub make the call, and the agent never holds the credential', async () => {
    const agent = await rig.agent(ana);
    const ask = () => callThroughHub(rig.hub, agent.token, 'service', `${rig.service.issuer}/api/things?page=2`);
    const first = await ask().catch((error: unknown) => error);
    expect(first).toBeInstanceOf(ConnectFirst);
    await rig.connect(ana, (first as ConnectFirst).url);
    expect(await (await ask()).json()).toMatchObject({ account: 'octocat' });
    expect(rig.service.calls.at(-1)!.url).toBe('/api/things?page=2');
  });

  it('left no failure behind', () => expect(rig.hub.inside.failures).toEqual([]));
});
