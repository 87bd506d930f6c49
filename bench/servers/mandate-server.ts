import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandBus } from '@nestjs/cqrs';
import { FirstStart } from '../../src/commands/first-start.js';
import { CreateTenant } from '../../src/commands/tenants/create-tenant.js';
import { DEFAULT_TENANT } from '../../src/commands/tenants/tenant-directory.js';
import { SYSTEM } from '../../src/domain/kernel/event.js';
import { createHub } from '../../src/hub.js';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import { UndiciGuardedFetch } from '../../src/platform/guarded-fetch/undici-guarded-fetch.js';
import { boundHeaps } from '../../src/platform/heap-bounds.js';
import { EventStoreLedger } from '../../src/platform/ledger/event-store-ledger.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { SystemClock } from '../../src/platform/system-clock.js';
import { openVault } from '../../src/platform/vault/open-vault.js';
import { ProjectionRunner } from '../../src/projections/feeding/runner.js';
import { answerParent } from '../child.js';
import { makeCallers } from './callers.js';
import { freePort } from '../../test/support/free-ports.js';
import { type ServerReady, type ServerUse, cpuSeconds } from './server-ready.js';

// Mandate as it ships, every part real and bounded as by src/main.ts: the vault, the ledger (SQLite with synchronous=FULL, or EventStoreDB), Nest on Fastify.

export interface MandateReady extends ServerReady {
  readonly directory: string;
  readonly tenant: string;
  /** The ledger's head when the server began. */
  readonly beganAfter: string;
}

boundHeaps();
const { values: options } = parseArgs({
  options: { 'event-store': { type: 'string' }, directory: { type: 'string' }, port: { type: 'string' }, 'read-models': { type: 'boolean', default: false } },
});
const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'mandate-bench-'));
const eventStore = options['event-store'];
const clock = new SystemClock();
const vault = await openVault({ directory, clock });
const ledger = eventStore === undefined
  ? await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() })
  : await EventStoreLedger.connect({ url: eventStore });
const beganAfter = await ledger.head();
const port = options.port === undefined ? await freePort() : Number(options.port);
const publicUrl = `http://localhost:${port}`;
const settings = { publicUrl, allowLoopback: true, trustedProxies: [] };
const fetch = new UndiciGuardedFetch({ clock, allowLoopback: true });
const readDatabase = openReadDatabase({ databaseUrl: undefined, directory: join(directory, 'read-models') }).database;
const app = await createHub({ clock, vault, ledger, fetch, settings, readDatabase }, (error) => console.error(error));
const bus = app.get(CommandBus, { strict: false });
// Without it the read models stay closed, as on a node that only issues; with it they are fed beside the issuing, as after `npm start`.
const runner = options['read-models'] ? app.get(ProjectionRunner, { strict: false }) : undefined;
if (runner) {
  await readDatabase.open();
  runner.start((note, error) => console.error(note, error ?? ''));
}

/** An event store may hold the default tenant of another deployment, whose keys are not in this vault: there it is a tenant of its own. */
const makeTenant = async (): Promise<{ tenant: string; slug: string; base: string }> => {
  if (eventStore === undefined) {
    await bus.execute(new FirstStart({ email: 'admin@localhost', password: undefined }, undefined));
    return { tenant: DEFAULT_TENANT, slug: 'default', base: '' };
  }
  const slug = `bench-${randomBytes(4).toString('hex')}`;
  const base = `/t/${slug}`;
  const { tenantId } = await bus.execute(new CreateTenant({ slug, name: 'Bench', issuer: publicUrl + base }, { actor: SYSTEM, correlationId: 'bench' }));
  return { tenant: tenantId, slug, base };
};

const { tenant, slug, base } = await makeTenant();
const made = await makeCallers(app, { tenant, actor: SYSTEM, correlationId: 'bench' }, slug);
await app.listen(port, '127.0.0.1');
const ready: MandateReady = {
  port, issuer: publicUrl + base, exchanges: true, directory, tenant, beganAfter, ...made,
  paths: { token: `${base}/token`, authorize: `${base}/authorize`, introspect: `${base}/introspect`, revoke: `${base}/revoke`, jwks: `${base}/jwks` },
};
answerParent(ready, async (): Promise<ServerUse> => {
  // What the read models still have to take in belongs to this round, and may not disturb the peer's.
  await runner?.waitFor(await ledger.head(), 60_000);
  const { statistics } = ledger;
  return { cpuSeconds: cpuSeconds(), commits: 'commits' in statistics ? statistics.commits : statistics.sent };
});
