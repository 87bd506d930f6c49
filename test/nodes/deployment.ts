import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { RotateSigningKeys } from '../../src/commands/keys/rotate-signing-keys.js';
import { DEFAULT_TENANT } from '../../src/commands/tenants/tenant-directory.js';
import { type Position, SYSTEM } from '../../src/domain/kernel/event.js';
import { streams } from '../../src/domain/kernel/ids.js';
import { createHub } from '../../src/hub.js';
import { readConfig } from '../../src/platform/config.js';
import { openParts } from '../../src/platform/open-parts.js';
import { freePorts } from '../support/free-ports.js';
import { type NodeProcess, startNode } from '../support/node-process.js';
import { databaseUrl, ownDatabase } from '../support/own-database.js';
import { ADMIN } from '../support/hub.js';

const [eventStoreUrl, redisUrl] = [process.env['EVENTSTORE_URL'], process.env['REDIS_URL']];

/** Why it can't run here; undefined when it can. */
export const missingStores = [eventStoreUrl, databaseUrl, redisUrl].includes(undefined)
  ? 'set EVENTSTORE_URL, DATABASE_URL and REDIS_URL to run it; it begins a hub in that EventStoreDB'
  : undefined;

export interface Deployment {
  readonly issuer: string;
  readonly issuerPort: number;
  readonly apis: readonly [NodeProcess, NodeProcess];
  readonly worker: NodeProcess;
  /** Everything of these nodes stands behind this place. */
  readonly begin: Position;
  /** Of an operator's shell on some machine. */
  readonly environment: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

/** Two API nodes, started at the same moment over empty stores, and a worker: processes with nothing in common but the stores and the key. */
export const startDeployment = async (): Promise<Deployment> => {
  const database = await ownDatabase();
  const [issuerPort, samplePort, ...ports] = (await freePorts(5)) as [number, number, number, number, number];
  const directories = ports.map(() => mkdtempSync(join(tmpdir(), 'mandate-node-')));
  const issuer = `http://localhost:${issuerPort}`;
  const stores = {
    EVENTSTORE_URL: eventStoreUrl!, DATABASE_URL: database.url, REDIS_URL: redisUrl!, MANDATE_MASTER_KEY: randomBytes(32).toString('base64url'),
    MANDATE_ISSUER: issuer, MANDATE_LOG: 'warn', MANDATE_SAMPLE_PORT: String(samplePort),
  };
  const environmentOf = (n: number) => ({ ...stores, PORT: String(ports[n]), MANDATE_DATA: directories[n]!, MANDATE_ADMIN_EMAIL: ADMIN.email, MANDATE_ADMIN_PASSWORD: ADMIN.password });
  const started: NodeProcess[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(started.map((node) => node.stop()));
    for (const directory of directories) rmSync(directory, { recursive: true });
    await database.drop();
  };
  const start = async (role: 'api' | 'worker', n: number, more: Record<string, string> = {}): Promise<NodeProcess> => {
    const node = await startNode(['--role', role], { ...environmentOf(n), ...more });
    started.push(node);
    return node;
  };
  try {
    const begin = await leaveBehind({ ...stores, PORT: '0', MANDATE_DATA: directories[0]! });
    // The sample is a part of the first node; the worker comes first, when there is nothing yet to work on.
    const [worker, ...apis] = await Promise.all([start('worker', 2), start('api', 0, { MANDATE_SAMPLE: 'on' }), start('api', 1)]);
    return { issuer, issuerPort, apis, worker, begin, environment: { ...stores, MANDATE_DATA: directories[2]! }, end };
  } catch (error) {
    await end();
    throw error;
  }
};

/** The ledger may have a hub of an earlier run, whose keys went with its database. Its successor signs with keys of its own. */
export const leaveBehind = async (environment: Readonly<Record<string, string>>): Promise<Position> => {
  const parts = await openParts(readConfig(environment), () => undefined);
  try {
    if ((await parts.ledger.readStream(streams.tenant(DEFAULT_TENANT))).length === 0) return await parts.ledger.head();
    const app = await createHub(parts, () => undefined, 'watch');
    await app.get(CommandBus, { strict: false }).execute(new RotateSigningKeys(['ES256', 'RS256'], true, { tenant: DEFAULT_TENANT, actor: SYSTEM, correlationId: 'spec' }));
    await app.close();
    return await parts.ledger.head();
  } finally {
    await parts.close();
  }
};
