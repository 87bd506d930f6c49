import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { RegisterAgent, type RegisteredAgent } from '../src/commands/agents/register-agent.js';
import type { CommandContext } from '../src/commands/command-context.js';
import { FirstStart } from '../src/commands/first-start.js';
import { GiveGrant } from '../src/commands/grants/give-grant.js';
import { RegisterResource } from '../src/commands/resources/register-resource.js';
import { DEFAULT_TENANT } from '../src/commands/tenants/tenant-directory.js';
import { SYSTEM } from '../src/domain/kernel/event.js';
import { createHub } from '../src/hub.js';
import { openReadDatabase } from '../src/platform/database/open-read-database.js';
import { UndiciGuardedFetch } from '../src/platform/guarded-fetch/undici-guarded-fetch.js';
import { SqliteLedger } from '../src/platform/ledger/sqlite-ledger.js';
import { SystemClock } from '../src/platform/system-clock.js';
import { openVault } from '../src/platform/vault/open-vault.js';
import { ProjectionRunner } from '../src/projections/runner.js';
import { answerParent } from './child.js';
import { freePort } from './free-port.js';
import { CLIENTS, RESOURCE, type ServerReady, type ServerUse, basicAuthorization, cpuSeconds } from './measured-client.js';

// Mandate as it ships, every part real: the vault, the SQLite ledger with synchronous=FULL, Nest on Fastify.

export interface MandateReady extends ServerReady {
  readonly directory: string;
}

const directory = mkdtempSync(join(tmpdir(), 'mandate-bench-'));
const clock = new SystemClock();
const vault = await openVault({ directory, clock });
const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() });
const port = await freePort();
const issuer = `http://localhost:${port}`;
const settings = { publicUrl: issuer, allowLoopback: true, trustedProxies: [] };
const fetch = new UndiciGuardedFetch({ clock, allowLoopback: true });
const readDatabase = openReadDatabase({ databaseUrl: undefined, directory: join(directory, 'read-models') }).database;
const app = await createHub({ clock, vault, ledger, fetch, settings, readDatabase }, (error) => console.error(error));
const bus = app.get(CommandBus, { strict: false });
// Without it the read models stay closed, as on a node that only issues; with it they are fed beside the issuing, as after `npm start`.
const runner = process.argv.includes('--read-models') ? app.get(ProjectionRunner, { strict: false }) : undefined;
if (runner) {
  await readDatabase.open();
  runner.start((note, error) => console.error(note, error ?? ''));
}
const context: CommandContext = { tenant: DEFAULT_TENANT, actor: SYSTEM, correlationId: 'bench' };

await bus.execute(new FirstStart({ email: 'admin@localhost', password: undefined }, undefined));
const { resourceId } = await bus.execute(new RegisterResource({
  uri: RESOURCE.uri, kind: 'mcp', name: 'Notes', scopes: RESOURCE.scopes.map((name) => ({ name, description: name })), defaultScopes: [], tools: [],
  tokenLifetime: RESOURCE.tokenLifetime, signingAlgorithm: 'ES256',
}, context));

const registerClient = async (n: number): Promise<string> => {
  const metadata = { redirectUris: [], grantTypes: ['client_credentials'], tokenEndpointAuthMethod: 'client_secret_basic', applicationType: 'web' } as const;
  const agent = (await bus.execute(new RegisterAgent({ name: `Client ${n}`, metadata }, { kind: 'team', id: 'team_bench' }, context))) as Required<RegisteredAgent>;
  const principal = { kind: 'agent' as const, id: agent.agentId };
  await bus.execute(new GiveGrant({ agentId: agent.agentId, principal, resourceId, scopes: RESOURCE.scopes }, context));
  return basicAuthorization(agent.clientId, agent.clientSecret);
};
const authorizations = await Promise.all(Array.from({ length: CLIENTS }, (_, n) => registerClient(n)));

await app.listen(port, '127.0.0.1');
const ready: MandateReady = { port: (app.getHttpServer().address() as AddressInfo).port, issuer, jwksPath: '/jwks', authorizations, directory };
answerParent(ready, async (): Promise<ServerUse> => {
  // What the read models still have to take in belongs to this round, and may not disturb the peer's.
  await runner?.waitFor(await ledger.head(), 60_000);
  return { cpuSeconds: cpuSeconds(), commits: ledger.statistics.commits };
});
