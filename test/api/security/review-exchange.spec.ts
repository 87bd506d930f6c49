import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NarrowGrant } from '../../../src/commands/grants/narrow-grant.js';
import { obtainTokens } from '../../support/code-flow.js';
import { CALENDAR, type Service, allow, claimsOf, exchange, exchanger, operate } from '../../support/exchange.js';
import { FragileLedger } from '../../support/fragile-ledger.js';
import { PUBLIC_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';
import { TestClock } from '../../support/test-clock.js';

describe('an exchanged token follows what it is made from', () => {
  let hub: TestHub;
  let ledger: FragileLedger;
  let notes: string;
  let server: Service;
  let accessToken: string;
  beforeEach(async () => {
    const clock = new TestClock();
    ledger = new FragileLedger(() => clock.now());
    hub = await startHub({ ledger, clock });
    notes = await hub.resource();
    const calendar = await hub.resource(CALENDAR);
    const person = { kind: 'user', id: await hub.user() } as const;
    const desktop = await hub.agent(PUBLIC_CLIENT);
    server = await exchanger(hub);
    await operate(hub, notes, server.agentId);
    await allow(hub, server.agentId, person, calendar, ['events:read']);
    await allow(hub, server.agentId, person, notes, ['notes:read', 'notes:write']);
    // A person can leave out what is no default: an administrator adds it.
    await allow(hub, desktop.agentId, person, notes, ['notes:read', 'notes:write']);
    ({ accessToken } = await obtainTokens(hub, desktop.clientId));
  });
  afterEach(() => hub.close());

  const narrow = () => hub.do(new NarrowGrant(String(claimsOf(accessToken)['grant_id']), ['notes:read'], hub.context));
  const scopeOf = async (token: unknown): Promise<unknown> =>
    (await hub.post('/introspect', { token: String(token) }, basic(server.clientId, server.clientSecret))).body['scope'];

  it('a scope that is taken from the grant behind the subject token is gone from every token made of it for the same resource', async () => {
    expect(claimsOf(accessToken)['scope']).toBe('notes:read notes:write');
    const child = (await exchange(hub, server, accessToken)).body['access_token'];
    const grandchild = (await exchange(hub, server, String(child))).body['access_token'];
    expect(await scopeOf(grandchild)).toBe('notes:read notes:write');
    await narrow();
    expect([await scopeOf(child), await scopeOf(grandchild)]).toEqual(['notes:read', 'notes:read']);
    expect((await exchange(hub, server, String(grandchild), { scope: 'notes:write' })).body['error']).toBe('invalid_scope');
  });

  it('a token is dead when nothing is left of the scopes it took from the subject token', async () => {
    const child = (await exchange(hub, server, accessToken, { scope: 'notes:write' })).body['access_token'];
    await narrow();
    expect(await scopeOf(child)).toBeUndefined();
  });

  it('is not handed out with a scope that the subject token loses before its place in the log', async () => {
    ledger.before = narrow;
    const { status, body } = await exchange(hub, server, accessToken, { scope: 'notes:write' });
    expect([status, body['error'], body['access_token']]).toEqual([400, 'invalid_scope', undefined]);
    expect(await hub.events('TokenVoided')).toHaveLength(1);
  });

  it('is not handed out to an operator that is replaced before its place in the log', async () => {
    ledger.before = () => operate(hub, notes, undefined);
    const { status, body } = await exchange(hub, server, accessToken, { resource: CALENDAR.uri });
    expect([status, body['error'], body['access_token']]).toEqual([400, 'invalid_request', undefined]);
    expect((await hub.events('TokenVoided')).map(({ data }) => data)).toEqual([expect.objectContaining({ reason: 'delegation.not_intended' })]);
  });
});
