import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FirstStart } from '../../src/commands/first-start.js';
import { RegisterAgent, type RegisteredAgent } from '../../src/commands/agents/register-agent.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import { RegisterResource } from '../../src/commands/resources/register-resource.js';
import { DEFAULT_TENANT } from '../../src/commands/tenants/tenant-directory.js';
import { RegisterUser } from '../../src/commands/users/register-user.js';
import type { CommandContext } from '../../src/commands/command-context.js';
import type { ClientMetadata } from '../../src/domain/agent/agent.events.js';
import { type RecordedEvent, SYSTEM } from '../../src/domain/kernel/event.js';
import type { AuditReport } from '../../src/domain/audit/ledger-audit.js';
import { type Ledger, LedgerUnavailable } from '../../src/domain/ports/ledger.js';
import type { OutboundHttp } from '../../src/domain/ports/outbound-http.js';
import { createHub } from '../../src/hub.js';
import { auditLedger } from './audit-ledger.js';
import { type ReadDatabase, ReadModelUnavailable } from '../../src/projections/read-database.js';
import { CelConditions } from '../../src/platform/cel-conditions.js';
import { MemoryLedger } from './memory-ledger.js';
import { type Vault, openVault } from '../../src/platform/vault/open-vault.js';
import type { VaultKeysOptions } from '../../src/platform/vault/keys/open-key-providers.js';
import { Documents } from './documents.js';
import { freePort } from './free-ports.js';
import { HubOverHttp } from './hub-over-http.js';
import { TestClock } from './test-clock.js';

export { basic } from './hub-over-http.js';

export const ADMIN = { email: 'admin@example.com', password: 'correct horse battery' };
export const ANA = { email: 'ana@example.com', name: 'Ana Example', password: 'a long enough password' };

/**
 * A real hub on a real port, over a ledger in memory (or the one given), a vault on disk and a clock that stands still.
 * `beside`: a second node of that hub, with the same stores (or its own view of the ledger) and the same issuer; to be closed first.
 */
export const startHub = async (given: { readonly ledger?: Ledger; readonly outbound?: OutboundHttp; readonly directory?: string; readonly clock?: TestClock; readonly port?: number; readonly readDatabase?: ReadDatabase; readonly allowLoopback?: boolean; readonly trustedProxies?: readonly string[]; readonly beside?: TestHub; readonly keys?: VaultKeysOptions } = {}): Promise<TestHub> => {
  const beside = given.beside?.inside;
  const directory = beside?.directory ?? given.directory ?? mkdtempSync(join(tmpdir(), 'mandate-test-'));
  const clock = beside?.clock ?? given.clock ?? new TestClock();
  const ledger = given.ledger ?? beside?.ledger ?? new MemoryLedger(() => clock.now());
  const vault = beside?.vault ?? (await openVault({ directory, clock, keys: given.keys }));
  const documents = new Documents();
  const port = given.port ?? (await freePort());
  const issuer = `http://localhost:${port}`;
  const failures: unknown[] = [];
  const settings = { publicUrl: beside?.issuer ?? issuer, allowLoopback: given.allowLoopback ?? false, trustedProxies: given.trustedProxies ?? [] };
  const app = await createHub({ ledger, vault, clock, fetch: documents, settings, readDatabase: given.readDatabase ?? NO_READ_MODELS, ...(given.outbound ? { outbound: given.outbound } : {}) }, (error) => failures.push(error));
  const bus = app.get(CommandBus, { strict: false });
  try {
    await bus.execute(new FirstStart(ADMIN, undefined));
  } catch (error) {
    await app.close();
    await vault.close();
    throw error;
  }
  await app.listen(port, '127.0.0.1');
  const close = async (): Promise<void> => {
    await app.close();
    if (beside) return;
    // Whatever a test was about: what it made the hub write keeps every promise that a ledger makes.
    const { violations } = await auditLedger(ledger, new CelConditions()).catch(ifTakenAway);
    await ledger.close();
    await vault.close();
    if (given.directory === undefined) rmSync(directory, { recursive: true, force: true });
    if (violations.length > 0) throw new Error(violations.map(({ sentence }) => sentence).join('\n'));
  };
  return new TestHub({ app, bus, ledger, vault, clock, documents, issuer, failures, directory }, close);
};

/** Some tests take the ledger away from their hub. */
const ifTakenAway = (error: unknown): Pick<AuditReport, 'violations'> => {
  if (error instanceof LedgerUnavailable) return { violations: [] };
  throw error;
};

/** Most guarantees hold without read models: tokens never wait for them. */
export const NO_READ_MODELS: ReadDatabase = {
  open: async () => undefined,
  dataSource: () => Promise.reject(new ReadModelUnavailable('this test has no read models')),
  status: () => ({ kind: 'pglite', state: 'closed' }),
  close: async () => undefined,
};

interface Inside {
  readonly app: NestFastifyApplication;
  readonly bus: CommandBus;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly clock: TestClock;
  readonly documents: Documents;
  readonly issuer: string;
  /** What was answered with 500: a test that leaves something here has found a bug. */
  readonly failures: unknown[];
  readonly directory: string;
}

export const PUBLIC_CLIENT: ClientMetadata = {
  redirectUris: ['https://app.example/callback'], grantTypes: ['authorization_code', 'refresh_token'], tokenEndpointAuthMethod: 'none', applicationType: 'web',
};
export const SERVICE_CLIENT: ClientMetadata = {
  redirectUris: [], grantTypes: ['client_credentials'], tokenEndpointAuthMethod: 'client_secret_basic', applicationType: 'web',
};
export const NOTES = {
  uri: 'https://notes.example/mcp', kind: 'mcp' as const, name: 'Notes',
  scopes: [{ name: 'notes:read', description: 'Read your notes' }, { name: 'notes:write', description: 'Write notes' }],
  defaultScopes: ['notes:read'], tools: [], tokenLifetime: 300, signingAlgorithm: 'ES256' as const,
};

export class TestHub extends HubOverHttp {
  readonly context: CommandContext = { tenant: DEFAULT_TENANT, actor: SYSTEM, correlationId: 'test' };

  constructor(readonly inside: Inside, readonly close: () => Promise<void>) {
    super(inside.issuer);
  }

  do<R>(command: Command<R>): Promise<R> {
    return this.inside.bus.execute(command);
  }

  agent(metadata: ClientMetadata, name = 'Test agent'): Promise<RegisteredAgent> {
    return this.do(new RegisterAgent({ name, metadata }, { kind: 'team', id: 'team_test' }, this.context));
  }

  async resource(registration: Parameters<typeof this.register>[0] = NOTES): Promise<string> {
    return (await this.register(registration)).resourceId;
  }

  private register(registration: ConstructorParameters<typeof RegisterResource>[0]) {
    return this.do(new RegisterResource(registration, this.context));
  }

  async user(person = ANA, roles: readonly string[] = []): Promise<string> {
    return (await this.do(new RegisterUser({ ...person, roles }, this.context))).userId;
  }

  /** An agent with a secret that may use `resourceId` for itself. */
  async service(resourceId: string, scopes: readonly string[]): Promise<Required<RegisteredAgent> & { grantId: string }> {
    const agent = (await this.agent(SERVICE_CLIENT, 'Service')) as Required<RegisteredAgent>;
    const given = { agentId: agent.agentId, principal: { kind: 'agent' as const, id: agent.agentId }, resourceId, scopes };
    return { ...agent, grantId: (await this.do(new GiveGrant(given, this.context))).grantId };
  }

  async events(...types: string[]): Promise<readonly RecordedEvent[]> {
    const all: RecordedEvent[] = [];
    for (let after = ''; ;) {
      const page = await this.inside.ledger.readAll(after, 1000);
      all.push(...page.events);
      if (page.atEnd) break;
      after = page.next;
    }
    return types.length === 0 ? all : all.filter(({ type }) => types.includes(type));
  }
}
