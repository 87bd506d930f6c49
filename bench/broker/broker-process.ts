import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { RegisterAgent } from '../../src/commands/agents/register-agent.js';
import type { CommandContext } from '../../src/commands/command-context.js';
import { DefineConnection } from '../../src/commands/connections/define-connection.js';
import { LendCredential } from '../../src/commands/credentials/lend-credential.js';
import { StoreKey } from '../../src/commands/credentials/store-key.js';
import { BackTestPolicy } from '../../src/commands/decisions/back-test-policy.js';
import { ReplayDecisions } from '../../src/commands/decisions/replay-decisions.js';
import { FirstStart } from '../../src/commands/first-start.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import { DraftPolicy } from '../../src/commands/policies/draft-policy.js';
import { RegisterResource } from '../../src/commands/resources/register-resource.js';
import { DEFAULT_TENANT } from '../../src/commands/tenants/tenant-directory.js';
import { IssueClientToken } from '../../src/commands/tokens/issue-client-token.js';
import { START, SYSTEM } from '../../src/domain/kernel/event.js';
import { createHub } from '../../src/hub.js';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import { UndiciGuardedFetch } from '../../src/platform/guarded-fetch/undici-guarded-fetch.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { SystemClock } from '../../src/platform/system-clock.js';
import { openVault } from '../../src/platform/vault/open-vault.js';
import { answerParent } from '../child.js';
import { RESOURCE, cpuSeconds } from '../servers/server-ready.js';

// The whole hub, over its real stores, asked in its own process: what a loan, a token and a decision cost without HTTP before them.

export interface Rate {
  readonly done: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}
export type BrokerQuestion = { readonly what: 'lend' | 'issue'; readonly callers: number; readonly seconds: number } | { readonly what: 'open' | 'open cold'; readonly seconds: number } | { readonly what: 'back-test' | 'replay'; readonly most: number };

const AGENTS = 64;
const EVENTS_AT_ONCE = 5_000;
const ISSUER = 'http://localhost:1';
const context: CommandContext = { tenant: DEFAULT_TENANT, actor: SYSTEM, correlationId: 'bench' };
const directory = mkdtempSync(join(tmpdir(), 'mandate-bench-broker-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const clock = new SystemClock();
const vault = await openVault({ directory, clock });
const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() });
const settings = { publicUrl: ISSUER, allowLoopback: true, trustedProxies: [] };
const { database: readDatabase } = openReadDatabase({ databaseUrl: undefined, directory: join(directory, 'read-models') });
const app = await createHub({ clock, vault, ledger, settings, readDatabase, fetch: new UndiciGuardedFetch({ clock, allowLoopback: true }) }, (error) => console.error(error));
const inside = <T>(token: abstract new (...args: never[]) => T): T => app.get(token as never, { strict: false });
const bus = inside(CommandBus);
await bus.execute(new FirstStart({ email: 'admin@localhost', password: undefined }, undefined));

const { resourceId } = await bus.execute(new RegisterResource({
  uri: RESOURCE.uri, kind: 'mcp', name: 'Notes', scopes: RESOURCE.scopes.map((name) => ({ name, description: name })), defaultScopes: [], tools: [], tokenLifetime: RESOURCE.tokenLifetime, signingAlgorithm: 'ES256',
}, context));
const { connectionId } = await bus.execute(new DefineConnection(ISSUER, 'service', { heldBy: 'tenant', apiKey: { placement: 'header', name: 'x-key' }, origins: ['https://api.example.com'] }, context));
const { credentialId } = await bus.execute(new StoreKey(connectionId, { kind: 'tenant', id: DEFAULT_TENANT }, { key: randomBytes(24).toString('hex') }, context));
const metadata = { redirectUris: [], grantTypes: ['client_credentials'], tokenEndpointAuthMethod: 'client_secret_basic', applicationType: 'web' } as const;
const agents = await Promise.all(Array.from({ length: AGENTS }, async (_, n) => {
  const { agentId } = await bus.execute(new RegisterAgent({ name: `Agent ${n}`, metadata }, { kind: 'team', id: 'team_bench' }, context));
  for (const [target, scopes] of [[resourceId, RESOURCE.scopes], [connectionId, ['use']]] as const)
    await bus.execute(new GiveGrant({ agentId, principal: { kind: 'agent', id: agentId }, resourceId: target, scopes }, context));
  return agentId;
}));
const stored = (await ledger.readStream(`credential-${credentialId}`, 0))[0]!.data as { secretId: string };
const place = { tenant: DEFAULT_TENANT, connectionId, credentialId, secretId: stored.secretId, part: 'access' } as const;
const lending = inside(LendCredential);
const draft = inside(DraftPolicy).of(JSON.stringify({ rules: [{ id: 'all', effect: 'allow' }, { id: 'no-writing', effect: 'deny', targets: { scopes: ['notes:write'] }, condition: 'time.hour >= 0' }] }));

const lend = async (agentId: string): Promise<void> => {
  const standing = { relied: [], problem: () => undefined };
  await lending.lend({
    issuer: ISSUER, connectionId, connectionName: 'service', agentId, principal: { kind: 'agent', id: agentId }, actors: [agentId], grantType: 'client_credentials', scopes: ['use'],
    purpose: 'forward', call: { method: 'GET', origin: 'https://api.example.com', route: '/**' }, jti: 'tok_bench', standing, context,
  });
};
const issue = async (agentId: string): Promise<void> => {
  await bus.execute(new IssueClientToken({ issuer: ISSUER, agentId, resourceId, scopes: RESOURCE.scopes }, context));
};

const timed = async (work: (until: number) => Promise<number>, seconds = Infinity): Promise<Rate> => {
  const [began, cpu] = [performance.now(), cpuSeconds()];
  const done = await work(began + seconds * 1000);
  return { done, seconds: (performance.now() - began) / 1000, cpuSeconds: cpuSeconds() - cpu };
};
const byCallers = (callers: number, once: (agentId: string) => Promise<void>) => async (until: number): Promise<number> => {
  let done = 0;
  await Promise.all(Array.from({ length: callers }, async (_, n) => {
    for (; performance.now() < until; done += 1) await once(agents[n % AGENTS]!);
  }));
  return done;
};

/** As the API does it, page by page, from the beginning of the ledger. */
const walk = async (most: number, page: (range: { tenant: string; after: string; limit: number; from: undefined; to: undefined }) => Promise<{ decisions: number; next: string; atEnd: boolean }>): Promise<number> => {
  let done = 0;
  for (let after = START; done < most;) {
    const { decisions, next, atEnd } = await page({ tenant: DEFAULT_TENANT, after, limit: EVENTS_AT_ONCE, from: undefined, to: undefined });
    done += decisions;
    if (atEnd) break;
    after = next;
  }
  return done;
};

const answer = (question: BrokerQuestion): Promise<Rate> => {
  switch (question.what) {
    case 'lend':
      return timed(byCallers(question.callers, lend), question.seconds);
    case 'issue':
      return timed(byCallers(question.callers, issue), question.seconds);
    case 'open':
      return timed(byCallers(AGENTS, async () => void (await vault.credentials.open(place))), question.seconds);
    case 'open cold':
      return timed(byCallers(AGENTS, async () => {
        if ((await openedCold()) === undefined) throw new Error('nothing was opened');
      }), question.seconds);
    case 'back-test':
      return timed(() => walk(question.most, (range) => inside(BackTestPolicy).page(draft, range)));
    case 'replay':
      return timed(() => walk(question.most, (range) => inside(ReplayDecisions).page(range)));
  }
};

/** More than data keys are kept, one after the other: each has to be unwrapped again. */
const COLD = 11_000;
let turn = 0;
const openedCold = (): Promise<string | undefined> => {
  turn = (turn + 1) % COLD;
  return vault.credentials.open({ ...place, credentialId: `crd_cold_${turn}` });
};
await Promise.all(Array.from({ length: COLD }, (_, n) => vault.credentials.seal({ ...place, credentialId: `crd_cold_${n}` }, 'cold')));

answerParent({}, (question) => answer(question as BrokerQuestion));
