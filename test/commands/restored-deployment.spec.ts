import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NotTheRestoredLedger, RecordRestore } from '../../src/commands/deployment/record-restore.js';
import { KeyRing } from '../../src/domain/ports/key-ring.js';
import { EndQuarantine } from '../../src/commands/deployment/end-quarantine.js';
import { OperatorAgent } from '../../src/commands/agents/operator-agent.js';
import { Cursors } from '../../src/api/admin/cursors.js';
import { adminToken, call, makeTenant } from '../api/admin/admin-rig.js';
import { authorizeUrl, obtainCode, obtainTokens, pkce, redeem, refresh, signIn } from '../support/code-flow.js';
import { HoldingLedger } from '../support/hub-process/holding-ledger.js';
import type { Hold } from '../support/hub-process/messages.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../support/hub.js';

const restore = (restoreId: string, firstEventId: string | undefined) => ({
  restoreId, backupId: 'bak_1', takenAt: 1_795_000_000, through: '0000000000000009', events: 9, ledgerDigest: 'd', sessions: 'ended' as const, firstEventId,
});

describe('a deployment that was restored', () => {
  let hub: TestHub;
  let app: string;
  let tokens: Awaited<ReturnType<typeof obtainTokens>>;
  let unused: Awaited<ReturnType<typeof obtainCode>>;
  let robot: Awaited<ReturnType<TestHub['service']>>;
  let oldToken: string;
  let cursor: string;
  let other: string;
  let keysBefore: readonly string[];
  const kidsAt = async (path: string): Promise<readonly string[]> => ((await (await hub.fetch(path)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  const record = async (restoreId: string) => hub.do(new RecordRestore(restore(restoreId, (await hub.events())[0]!.id), hub.context));
  const robots = () => hub.clientCredentials(robot, { resource: NOTES.uri });

  beforeAll(async () => {
    hub = await startHub();
    const notes = await hub.resource();
    await hub.user();
    app = (await hub.agent(PUBLIC_CLIENT)).clientId;
    tokens = await obtainTokens(hub, app);
    unused = await obtainCode(hub, app, { browser: tokens.browser });
    robot = await hub.service(notes, ['notes:read']);
    oldToken = (await robots()).body['access_token'] as string;
    const { token } = await adminToken(hub);
    cursor = (await call(hub, 'GET', '/events?limit=1', { token })).body['next'] as string;
    other = (await makeTenant(hub, 'other')).context.tenant;
    keysBefore = [...(await kidsAt('/jwks')), ...(await kidsAt('/t/other/jwks'))];
    await record('rst_1');
  });
  afterAll(() => hub.close());

  it('issues nothing on any path: not to agents, not for people, not for codes and refresh tokens of before', async () => {
    expect((await robots()).status).toBe(503);
    expect((await redeem(hub, app, unused)).body['error']).toBe('invalid_grant');
    expect((await refresh(hub, app, tokens.refreshToken)).body['error']).toBe('invalid_grant');
    const browser = hub.browser();
    const page = await browser.open(authorizeUrl(app, pkce().challenge));
    expect((await signIn(browser, page)).status).toBe(503);
    expect((await hub.fetch('/health/ready')).status).toBe(503);
    expect(hub.inside.failures).toEqual([]);
  });

  it('has new keys in every tenant, and what the old ones signed counts nowhere', async () => {
    const keys = [...(await kidsAt('/jwks')), ...(await kidsAt('/t/other/jwks'))];
    expect([keys.length, keys.filter((kid) => keysBefore.includes(kid))]).toEqual([4, []]);
    expect((await call(hub, 'GET', '/api/agents', { token: oldToken })).status).toBe(401);
  });

  it('serves the operator of its own machine, and nobody else who calls himself one', async () => {
    const operator = hub.inside.app.get(OperatorAgent, { strict: false });
    const [early, late] = [await operator.ensure(undefined, hub.issuer, hub.context), await operator.ensure(undefined, hub.issuer, hub.context)];
    const ask = ({ clientId, clientSecret }: typeof early) => hub.post('/token', { grant_type: 'client_credentials', resource: `${hub.issuer}/api` }, basic(clientId, clientSecret));
    expect([(await ask(early)).status, (await ask(late)).status]).toEqual([503, 200]);
  });

  it('refuses places in the log from before, since they may be forgotten ones', async () => {
    await hub.do(new EndQuarantine('looked at', hub.context));
    const { token } = await adminToken(hub);
    const { status, body } = await call(hub, 'GET', `/events?after=${encodeURIComponent(cursor)}`, { token });
    expect([status, body['code'], body['detail']]).toEqual([400, 'cursor.invalid', expect.stringContaining('Begin from the start')]);
  });

  it('refuses places as another kind of store gives them, of before the ledger was copied', async () => {
    const { token } = await adminToken(hub);
    const elsewhere = hub.inside.app.get(Cursors, { strict: false }).seal('events', hub.context.tenant, '00000000000000000042');
    expect(await call(hub, 'GET', `/events?after=${encodeURIComponent(elsewhere)}`, { token })).toMatchObject({ status: 400, body: { code: 'cursor.invalid' } });
  });

  it('issues again once it is released, and what was handed out before stays ended', async () => {
    expect((await robots()).status).toBe(200);
    expect((await refresh(hub, app, tokens.refreshToken)).body['error']).toBe('invalid_grant');
    expect((await redeem(hub, app, unused)).body['error']).toBe('invalid_grant');
    const anew = await obtainTokens(hub, app);
    expect((await refresh(hub, app, anew.refreshToken)).status).toBe(200);
  });

  it('is recorded once although its hub dies in the middle and begins again', async () => {
    await record('rst_2');
    await record('rst_2');
    expect((await hub.events('LedgerRestored')).map(({ data }) => (data as { restoreId: string }).restoreId)).toEqual(['rst_1', 'rst_2']);
    expect((await kidsAt('/jwks')).length).toBe(2);
  });

  it('is not recorded in another ledger than the one that was restored', async () => {
    await expect(hub.do(new RecordRestore(restore('rst_3', 'another'), hub.context))).rejects.toThrow(NotTheRestoredLedger);
    expect(await hub.events('LedgerRestored')).toHaveLength(2);
  });

  it('dies before and after its appends, one attempt after another: the one that gets to its end leaves no key of before', async () => {
    const { ledger } = hub.inside;
    const firstEventId = (await hub.events())[0]!.id;
    const before = [...(await kidsAt('/jwks')), ...(await kidsAt('/t/other/jwks'))];
    const dying = new HoldingLedger(ledger, () => { throw new Error('died'); });
    const node = await startHub({ beside: hub, ledger: dying });
    /** Gets no further than this append of its own; true when there was none such any more. */
    const start = async (at: Hold): Promise<boolean> => {
      dying.hold(at);
      const outcome = await node.do(new RecordRestore(restore('rst_4', firstEventId), hub.context)).catch((error: Error) => error.message);
      expect([undefined, 'died']).toContain(outcome);
      return outcome === undefined;
    };
    let append = 1;
    // Each attempt makes RSA keys: every second place, by turns when it is written and when it is not.
    while (!(await start({ append, when: append % 4 === 1 ? 'after' : 'before' }))) append += 2;

    await node.close();

    expect(append).toBeGreaterThan(10);
    expect((await hub.events('LedgerRestored')).filter(({ data }) => (data as { restoreId: string }).restoreId === 'rst_4')).toHaveLength(1);
    const now = [...(await kidsAt('/jwks')), ...(await kidsAt('/t/other/jwks'))];
    expect([now.length, now.filter((kid) => before.includes(kid))]).toEqual([4, []]);
    const ring = hub.inside.app.get(KeyRing, { strict: false });
    for (const kid of before) for (const tenant of [hub.context.tenant, other]) await expect(ring.load(tenant, kid, 'ES256')).rejects.toThrow(/no signing key/);
  });
});
