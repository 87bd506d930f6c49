import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LiveState } from '../../../src/commands/live-state.js';
import { ActivatePolicy } from '../../../src/commands/policies/activate-policy.js';
import { PublishPolicy } from '../../../src/commands/policies/publish-policy.js';
import { adminApiUri } from '../../../src/commands/resources/hub-resources.js';
import { streams } from '../../../src/domain/kernel/ids.js';
import { policy } from '../../../src/domain/policy/policy.decider.js';
import { MemoryLedger } from '../../support/memory-ledger.js';
import { TestClock } from '../../support/test-clock.js';
import { type TestHub, startHub } from '../../support/hub.js';
import { agentToken, callerWith, makeTenant, makeUser, userToken } from '../admin/admin-rig.js';

/** A ledger that outlives the hub, as on a disk. */
class KeptLedger extends MemoryLedger {
  override async close(): Promise<void> {
    // The next hub goes on with it.
  }
}

const activeVersion = async (hub: TestHub, tenant: string): Promise<number | undefined> =>
  (await hub.inside.app.get(LiveState, { strict: false }).entry(policy, streams.policy(tenant), tenant)).state.active?.version;

describe('power over the hub', () => {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    // oxlint-disable-next-line no-await-in-loop
    for (const close of open.splice(0).toReversed()) await close();
  });
  const start = async (given: Parameters<typeof startHub>[0] = {}): Promise<TestHub> => {
    const hub = await startHub(given);
    open.push(() => hub.close());
    return hub;
  };

  describe('after the hub moved to another address', () => {
    const moved = async (before: (hub: TestHub) => Promise<void> = async () => undefined): Promise<TestHub> => {
      const directory = mkdtempSync(join(tmpdir(), 'mandate-moved-'));
      open.push(() => rmSync(directory, { recursive: true, force: true }));
      const clock = new TestClock();
      const ledger = new KeptLedger(() => clock.now());
      const first = await startHub({ directory, clock, ledger });
      await before(first);
      await first.close();
      return start({ directory, clock, ledger });
    };

    it('a person without a role gets no token for the admin API', async () => {
      const hub = await moved();
      const nobody = await makeUser(hub, []);
      await expect(userToken(hub, nobody)).rejects.toMatchObject({ code: 'policy.denied' });
    });

    it('an administrator gets one', async () => {
      const hub = await moved();
      const { token } = await userToken(hub, await makeUser(hub, ['admin']));
      expect((await callerWith(hub, token).get('/api/tenant')).status).toBe(200);
    });

    it('the rules that an administrator had activated still decide', async () => {
      const document = JSON.stringify({ rules: [{ id: 'all', effect: 'allow' }, { id: 'not-there', effect: 'deny', targets: { resources: ['https://never.example'] } }] });
      const hub = await moved(async (first) => {
        const { version } = await first.do(new PublishPolicy(document, first.context));
        await first.do(new ActivatePolicy(version, 'ActivatePolicy', first.context));
      });
      const { state } = await hub.inside.app.get(LiveState, { strict: false }).entry(policy, streams.policy(hub.context.tenant), hub.context.tenant);
      expect(state.active?.document.rules).toEqual(expect.arrayContaining([
        { id: 'all', effect: 'allow' }, { id: 'not-there', effect: 'deny', targets: { resources: ['https://never.example'] } },
        expect.objectContaining({ effect: 'deny', targets: { resources: [adminApiUri(hub.issuer)] }, unless: { principals: { roles: ['admin', 'auditor'] } } }),
      ]));
    });
  });

  it.each([
    ['the default tenant', 'default', {}], ['another tenant', 'acme', { host: 'login.acme.example' }],
  ])('who may make tenants comes to no power over %s by making it again', async (_, slug, more) => {
    const hub = await start();
    const acme = await makeTenant(hub, 'acme');
    const tenant = slug === 'acme' ? acme.context.tenant : hub.context.tenant;
    const document = JSON.stringify({ rules: [{ id: 'all', effect: 'allow' }] });
    const { version } = await hub.do(new PublishPolicy(document, { ...hub.context, tenant }));
    await hub.do(new ActivatePolicy(version, 'ActivatePolicy', { ...hub.context, tenant }));
    const { token } = await agentToken(hub, { scopes: ['tenants:write'] });
    const before = (await hub.events()).length;

    const administrator = { email: 'eve@example.com', name: 'Eve', password: 'a long enough password' };
    const answer = await callerWith(hub, token).post('/api/tenants', { slug, name: 'Taken over', ...more, administrator });

    expect([answer.status, answer.body['code']]).toEqual([409, 'tenant.exists']);
    expect(await activeVersion(hub, tenant)).toBe(version);
    expect((await hub.events()).length).toBe(before);
  });
});
