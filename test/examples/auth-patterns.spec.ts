import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApiServer } from '../../examples/api-server.js';
import { exchange } from '../../examples/on-behalf-of.js';
import { obtainTokens } from '../support/code-flow.js';
import { CALENDAR, type Service, allow, exchanger, operate } from '../support/exchange.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, startHub } from '../support/hub.js';
import { TestClock } from '../support/test-clock.js';

describe('the examples of the auth patterns, over real servers', () => {
  let hub: TestHub;
  let server: Service;
  let calendar: ApiServer;
  let notes: ApiServer;
  let accessToken: string;
  let userId: string;
  let desktopId: string;

  beforeAll(async () => {
    // The hub's clock stands still, the servers' does not: their tokens have to be of now.
    hub = await startHub({ clock: new TestClock(Date.now()) });
    const notesId = await hub.resource();
    const calendarId = await hub.resource(CALENDAR);
    userId = await hub.user();
    server = await exchanger(hub, 'Notes server');
    await operate(hub, notesId, server.agentId);
    await allow(hub, server.agentId, { kind: 'user', id: userId }, calendarId, ['events:read']);
    const desktop = await hub.agent(PUBLIC_CLIENT);
    desktopId = desktop.agentId;
    ({ accessToken } = await obtainTokens(hub, desktop.clientId));
    calendar = await startApiServer({ issuer: hub.issuer, resource: CALENDAR.uri, scope: 'events:read', answer: ({ claims }) => ({ events: ['Lunch'], of: claims.sub, by: claims['act'] }) });
    notes = await startApiServer({
      issuer: hub.issuer, resource: NOTES.uri, scope: 'notes:read',
      answer: async ({ token }) => {
        const onBehalf = await exchange({ issuer: hub.issuer, ...server }, token, { resource: CALENDAR.uri, scope: 'events:read' });
        return { notes: ['Buy ink'], calendar: await call(calendar, onBehalf).then(({ body }) => body) };
      },
    });
  });
  afterAll(async () => {
    await notes.close();
    await calendar.close();
    await hub.close();
  });

  const call = async ({ url }: ApiServer, token: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: await response.json() };
  };

  it('passthrough: an API takes tokens that are for it, and no others', async () => {
    expect(await call(calendar, accessToken)).toEqual({ status: 401, body: { error: 'invalid_token' } });
    expect((await call(calendar, 'a.b.c')).status).toBe(401);
  });

  it('on behalf of: the server exchanges what it received, and the API behind it sees the person and both agents', async () => {
    expect(await call(notes, accessToken)).toEqual({
      status: 200,
      body: { notes: ['Buy ink'], calendar: { events: ['Lunch'], of: userId, by: { sub: server.agentId, act: { sub: desktopId } } } },
    });
  });

  it('on behalf of: what was not granted there is refused with the hub\'s own words', async () => {
    await expect(exchange({ issuer: hub.issuer, ...server }, accessToken, { resource: CALENDAR.uri, scope: 'events:write' })).rejects.toThrow('invalid_scope');
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
