import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegisterAgent, type RegisteredAgent } from '../../src/commands/agents/register-agent.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import { RegisterResource } from '../../src/commands/resources/register-resource.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { type Place, homeOf, makeTenant } from '../api/admin/admin-rig.js';
import { NOTES, SERVICE_CLIENT, type TestHub, basic, startHub } from '../support/hub.js';
import { TestClock } from '../support/test-clock.js';
import { KeptConnections } from './kept-connections.js';
import { Load, counted } from './load.js';

const FLOOD = 32;

describe('a client that asks as fast as it is answered, over many connections', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-flood-'));
  let hub: TestHub;
  beforeAll(async () => {
    const clock = new TestClock();
    hub = await startHub({ clock, ledger: await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() }) });
  });
  afterAll(async () => {
    await hub.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const client = async ({ context }: Place, resourceId: string): Promise<Required<RegisteredAgent>> => {
    const registered = (await hub.do(new RegisterAgent({ name: 'A client', metadata: SERVICE_CLIENT }, { kind: 'team', id: 'team_test' }, context))) as Required<RegisteredAgent>;
    const principal = { kind: 'agent' as const, id: registered.agentId };
    await hub.do(new GiveGrant({ agentId: registered.agentId, principal, resourceId, scopes: ['notes:read'] }, context));
    return registered;
  };
  const issue = async ({ path }: Place, { clientId, clientSecret }: Required<RegisteredAgent>): Promise<number> =>
    (await hub.post(`${path}/token`, { grant_type: 'client_credentials', resource: NOTES.uri }, basic(clientId, clientSecret))).status;

  it('takes nobody\'s turn (F-34, MT-07): a neighbour, of the same tenant or of another, waits for a few rounds of the flood at most', async () => {
    const [home, beta] = [homeOf(hub), await makeTenant(hub, 'beta')];
    const [notes, { resourceId }] = [await hub.resource(), await hub.do(new RegisterResource(NOTES, beta.context))];
    const neighbours = [[home, await client(home, notes)], [beta, await client(beta, resourceId)]] as const;
    const connections = new KeptConnections(hub, FLOOD);
    const flood = new Load(connections, await client(home, notes), FLOOD);
    await flood.everybody();
    const [waits, statuses]: [number[], number[]] = [[], []];
    for (let n = 0; n < 20; n += 1) {
      const before = flood.seen.length;
      statuses.push(await issue(...neighbours[n % 2]!));
      waits.push(flood.seen.length - before);
    }
    const seen = await flood.stop();
    connections.close();

    expect([new Set(statuses), counted(seen)]).toEqual([new Set([200]), { 200: seen.length }]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(3 * FLOOD);
    process.stdout.write(`a flood of ${FLOOD} at a time: ${waits.length} requests of neighbours waited for ${Math.round(waits.reduce((sum, n) => sum + n) / waits.length)} of its answers on average, and for ${Math.max(...waits)} at most\n`);
  });
});
