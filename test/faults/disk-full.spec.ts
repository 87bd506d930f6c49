import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegisterUser } from '../../src/commands/users/register-user.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { obtainTokens, refresh, signIn } from '../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, startHub } from '../support/hub.js';
import { SmallDisk } from '../support/small-disk.js';
import { TestClock } from '../support/test-clock.js';

const disk = SmallDisk.mount(8);
const [suite, why] = disk === undefined ? [describe.skip, ' (nobody may mount one here: it takes Linux and root)'] as const : [describe, ''] as const;

suite(`ledger and vault on one disk that is full (F-23)${why}`, () => {
  let hub: TestHub;
  let clientId: string;
  let service: Awaited<ReturnType<TestHub['service']>>;
  let tokens: Awaited<ReturnType<typeof obtainTokens>>;
  const person = { email: 'bea@example.com', name: 'Bea', roles: [], password: 'a long enough password' };
  beforeAll(async () => {
    const clock = new TestClock();
    const ledger = await SqliteLedger.open({ file: join(disk!.path, 'ledger.db'), now: () => clock.now() });
    hub = await startHub({ ledger, clock, directory: disk!.path });
    const resourceId = await hub.resource();
    await hub.user();
    ({ clientId } = await hub.agent(PUBLIC_CLIENT));
    service = await hub.service(resourceId, ['notes:read']);
    tokens = await obtainTokens(hub, clientId);
  });
  afterAll(async () => {
    await hub?.close();
    disk?.unmount();
  });

  const issue = () => hub.clientCredentials(service, { resource: NOTES.uri });
  /** What there is left in files that have been made large enough already is used up too. */
  const untilFull = async (): Promise<void> => {
    disk!.fill();
    for (let answer = await issue(); answer.status === 200; answer = await issue());
  };

  it('refuses what it can\'t write and tells everybody to come again, publishes its keys, loses nothing, and goes on when there is room', async () => {
    await untilFull();

    const refused = [await issue(), await refresh(hub, clientId, tokens.refreshToken)];
    expect(refused.map(({ status, headers, body }) => [status, headers.get('retry-after') !== null, body['error']])).toEqual(refused.map(() => [503, true, 'temporarily_unavailable']));
    const browser = hub.browser();
    const page = await signIn(browser, await browser.open('/sign-in'));
    expect([page.status, page.headers.get('retry-after') !== null, browser.cookie('mandate_session_default')]).toEqual([503, true, undefined]);
    await expect(hub.do(new RegisterUser(person, hub.context))).rejects.toThrow();
    for (const path of ['/jwks', '/.well-known/oauth-authorization-server', '/health/live']) expect([path, (await hub.fetch(path)).status]).toEqual([path, 200]);

    disk!.makeRoom();
    expect((await issue()).status).toBe(200);
    expect((await refresh(hub, clientId, tokens.refreshToken)).status).toBe(200);
    await hub.do(new RegisterUser(person, hub.context));
    const again = hub.browser();
    await signIn(again, await again.open('/sign-in'), person);
    expect(again.cookie('mandate_session_default')).toMatch(/^usr_/);
    expect(hub.inside.failures).toEqual([]);
  }, 60_000);
});
