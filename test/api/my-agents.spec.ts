import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ActiveGrants } from '../../src/projections/active-grants/active-grants.queries.js';
import { ProjectionProgress } from '../../src/projections/projection-status.js';
import { ProjectionRunner } from '../../src/projections/feeding/runner.js';
import { AgentDirectory } from '../../src/projections/agent-directory/agent-directory.queries.js';
import { Approvals } from '../../src/projections/approvals/approvals.queries.js';
import { Credentials } from '../../src/projections/credentials/credentials.queries.js';
import { Tenants } from '../../src/projections/tenants/tenants.queries.js';
import { RegisterAgent } from '../../src/commands/agents/register-agent.js';
import { Clock } from '../../src/domain/ports/clock.js';
import { SecretStore } from '../../src/domain/ports/secret-store.js';
import { Housekeeping } from '../../src/housekeeping.js';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import { obtainTokens, refresh, signIn } from '../support/code-flow.js';
import { PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, startHub } from '../support/hub.js';

describe('a hub with its read models', () => {
  const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
  let hub: TestHub;
  const inside = <T>(token: abstract new (...args: never[]) => T): T => hub.inside.app.get(token as never, { strict: false });
  const settled = async (): Promise<void> => {
    expect(await inside(ProjectionProgress).waitFor(await hub.inside.ledger.head(), 20_000)).toBe(true);
  };
  beforeAll(async () => {
    await database.open();
    hub = await startHub({ readDatabase: database });
    inside(ProjectionRunner).start();
    await hub.resource();
    await hub.user();
  }, 60_000);
  afterAll(async () => {
    await inside(ProjectionRunner).stop();
    await hub.close();
    await database.close();
  });

  it('shows a person what they allowed, and takes it back at once when they say so', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT, 'Notes helper');
    const tokens = await obtainTokens(hub, clientId);
    await settled();
    const page = await tokens.browser.open('/my/agents');
    expect(page.html).toContain('Notes helper');
    expect(page.html).toContain('Read your notes');
    const after = await tokens.browser.submit(page, '/my/agents/revoke', {});
    expect(after.status).toBe(200);
    expect(after.html).toContain('taken back');
    expect((await refresh(hub, clientId, tokens.refreshToken)).body['error']).toBe('invalid_grant');
  });

  it('lets nobody take back what somebody else allowed, and asks strangers to sign in', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT, 'Ana\'s own');
    const tokens = await obtainTokens(hub, clientId);
    await settled();
    const ben = { email: 'ben@example.com', name: 'Ben', password: 'another long password' };
    await hub.user(ben);
    const { items } = await inside(ActiveGrants).list(hub.context.tenant, { agentId: clientId });
    const bens = hub.browser();
    const list = await signIn(bens, await bens.open('/my/agents'), ben);
    expect(list.html).not.toContain('own');
    const own = await hub.agent(PUBLIC_CLIENT, 'Ben\'s own');
    expect(own.clientId).not.toBe(clientId);
    const forged = await tokens.browser.open('/my/agents');
    expect((await bens.submit({ ...forged, html: forged.html }, '/my/agents/revoke', { grant_id: items[0]!.grantId })).status).toBe(403);
    expect((await refresh(hub, clientId, tokens.refreshToken)).status).toBe(200);
    expect((await hub.browser().open('/my/agents')).html).toContain('name="password"');
  });

  it('records a lease that has run out once, and rotates keys that are due once', async () => {
    const housekeeping = new Housekeeping({
      bus: hub.inside.bus, tenants: inside(Tenants), agents: inside(AgentDirectory), credentials: inside(Credentials), approvals: inside(Approvals), secrets: inside(SecretStore), clock: inside(Clock),
    });
    const leaseUntil = hub.inside.clock.seconds() + 60;
    const described = { name: 'Leased', metadata: SERVICE_CLIENT };
    const { agentId } = await hub.do(new RegisterAgent(described, { kind: 'team', id: 'team_test' }, hub.context, leaseUntil));
    await settled();
    await housekeeping.expireLeases();
    expect(await hub.events('AgentLeaseExpired')).toEqual([]);
    hub.inside.clock.advance(31 * 86_400);
    await housekeeping.expireLeases();
    await housekeeping.expireLeases();
    expect((await hub.events('AgentLeaseExpired')).map(({ data }) => data)).toEqual([{ agentId }]);
    const before = (await hub.events('SigningKeyActivated')).length;
    await housekeeping.rotateSigningKeys();
    await housekeeping.rotateSigningKeys();
    expect((await hub.events('SigningKeyActivated')).length).toBe(before + 2);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
