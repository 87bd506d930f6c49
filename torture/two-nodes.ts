import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeAgent } from '../src/commands/agents/change-agent.js';
import { readConfig } from '../src/platform/config.js';
import { SqliteLedger } from '../src/platform/ledger/sqlite-ledger.js';
import { findOperator } from '../src/platform/operator-credentials.js';
import { missingStores, startDeployment } from '../test/nodes/deployment.js';
import { NOTES, startHub } from '../test/support/hub.js';
import { HubOverHttp } from '../test/support/hub-over-http.js';
import { startRoundRobin } from '../test/support/round-robin.js';
import { TestClock } from '../test/support/test-clock.js';
import { AdminApi } from '../tour/admin-api.js';

/** An agent, the node that it gets its tokens from, and another node, where it is suspended and resumed. */
export interface TwoNodes {
  readonly title: string;
  /** The status of one request for a token. */
  issue(): Promise<number>;
  suspend(): Promise<unknown>;
  resume(): Promise<unknown>;
  close(): Promise<void>;
}

/** Both in this process, over one file. */
export const onSqlite = async (): Promise<TwoNodes> => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-nodes-'));
  const clock = new TestClock();
  const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() });
  const one = await startHub({ ledger, clock });
  const other = await startHub({ beside: one });
  const service = await one.service(await one.resource(), ['notes:read']);
  const change = (command: ConstructorParameters<typeof ChangeAgent>[1]) => one.do(new ChangeAgent(service.agentId, command, one.context));
  return {
    title: 'SQLite, two nodes in one process',
    issue: async () => (await other.clientCredentials(service, { resource: NOTES.uri })).status,
    suspend: () => change({ type: 'SuspendAgent', reason: 'measured' }),
    resume: () => change({ type: 'ResumeAgent' }),
    close: async () => {
      await other.close();
      await one.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

/** Two processes and a worker over EventStoreDB, PostgreSQL and Redis. */
export const onEventStore = async (): Promise<TwoNodes> => {
  if (missingStores !== undefined) throw new Error(`Two processes need real stores: ${missingStores}.`);
  const deployment = await startDeployment();
  const between = await startRoundRobin(deployment.apis.map(({ url }) => url), deployment.issuerPort);
  const [one, other] = deployment.apis.map(({ url }) => new HubOverHttp(url)) as [HubOverHttp, HubOverHttp];
  const admin = await AdminApi.signIn((await findOperator(readConfig(deployment.environment)))!);
  const uri = `https://notes-${Date.now().toString(36)}.example/mcp`;
  const { kind, name, scopes } = NOTES;
  const { resource_id } = await admin.call<{ resource_id: string }>('POST', 'resources', { kind, name, uri, scopes });
  const agent = await admin.call<{ agent_id: string; client_secret: string }>('POST', 'agents', { name: 'Service', owner: { kind: 'team', id: 'team_spec' }, grant_types: ['client_credentials'] });
  await admin.call('POST', 'grants', { agent_id: agent.agent_id, resource_id, scopes: ['notes:read'] });
  const change = async (path: string, body: object): Promise<void> => {
    const headers = { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' };
    const { status } = await one.json(`/api/agents/${agent.agent_id}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (status !== 200) throw new Error(`${path} was answered with ${status}`);
  };
  return {
    title: 'EventStoreDB, two processes',
    issue: async () => (await other.clientCredentials({ clientId: agent.agent_id, clientSecret: agent.client_secret }, { resource: uri })).status,
    suspend: () => change('suspend', { reason: 'measured' }),
    resume: () => change('resume', {}),
    close: async () => {
      await between.close();
      await deployment.end();
    },
  };
};
