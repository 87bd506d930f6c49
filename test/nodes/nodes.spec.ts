import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import pg from 'pg';
import { runCommand } from '../../src/cli/run-command.js';
import { CelConditions } from '../../src/platform/cel-conditions.js';
import { LedgerAudit } from '../../src/domain/audit/ledger-audit.js';
import { isAfter } from '../../src/domain/kernel/event.js';
import { readConfig } from '../../src/platform/config.js';
import { findOperator } from '../../src/platform/operator-credentials.js';
import { redisBackend } from '../../src/platform/jobs/redis-backend.js';
import { EventStoreLedger } from '../../src/platform/ledger/event-store-ledger.js';
import { AdminApi } from '../../tour/admin-api.js';
import { Browser } from '../support/browser.js';
import { REDIRECT, authorizeUrl, pkce } from '../support/code-flow.js';
import { ANA, NOTES } from '../support/hub.js';
import { race, races } from '../faults/races.js';
import { RacingHubs, comeAgain } from '../faults/racing-hubs.js';
import type { HubProcess } from '../support/hub-process/hub-process.js';
import { isMadeUp, readEverything } from '../support/ledgers.js';
import { type RoundRobin, startRoundRobin } from '../support/round-robin.js';
import { type Deployment, missingStores, startDeployment } from './deployment.js';
import { missingRaceStores, startRaceProcesses } from './race-processes.js';

const describeNodes = missingStores === undefined ? describe : describe.skip;
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const unique = Date.now().toString(36);
const person = { ...ANA, email: `ana-${unique}@example.com` };
const resource = { ...NOTES, uri: `https://notes-${unique}.example/mcp` };

describeNodes(`two API nodes and a worker on one ledger${missingStores === undefined ? '' : ` (${missingStores})`}`, () => {
  let hub: Deployment;
  let between: RoundRobin;
  let admin: AdminApi;
  let resourceId: string;
  beforeAll(async () => {
    hub = await startDeployment();
    between = await startRoundRobin(hub.apis.map(({ url }) => url), hub.issuerPort);
    admin = await AdminApi.signIn((await findOperator(readConfig(hub.environment)))!);
    await admin.call('POST', 'users', { ...person, roles: [] });
    const { kind, name, uri, scopes, defaultScopes } = resource;
    ({ resource_id: resourceId } = await admin.call<{ resource_id: string }>('POST', 'resources', { kind, name, uri, scopes, default_scopes: defaultScopes }));
  }, 120_000);
  afterAll(async () => {
    await between?.close();
    await hub?.end();
  }, 60_000);

  const post = async (node: 0 | 1, path: string, fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${hub.apis[node].url}${path}`, { method: 'POST', body: new URLSearchParams(fields), headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  const registered = (metadata: object) => admin.call<{ agent_id: string; client_id: string; client_secret: string }>('POST', 'agents', { owner: { kind: 'team', id: 'team_spec' }, ...metadata });
  const publicClient = () => registered({
    name: 'App', redirect_uris: [REDIRECT], grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none',
  });

  /** A person signs in and agrees; every page and form goes to the other node. */
  const obtainCode = async (clientId: string) => {
    const { verifier, challenge } = pkce();
    const browser = new Browser(hub.issuer);
    let page = await browser.open(authorizeUrl(clientId, challenge, { resource: resource.uri }));
    page = await browser.submit(page, '/sign-in', { email: person.email, password: person.password });
    if (page.location === undefined) page = await browser.submit(page, '/consent', { decision: 'allow' });
    return { code: new URL(page.location!).searchParams.get('code')!, verifier };
  };
  const redeem = (node: 0 | 1, clientId: string, { code, verifier }: { code: string; verifier: string }) =>
    post(node, '/token', { grant_type: 'authorization_code', client_id: clientId, code, code_verifier: verifier, redirect_uri: REDIRECT });
  const refresh = (node: 0 | 1, clientId: string, token: string) => post(node, '/token', { grant_type: 'refresh_token', client_id: clientId, refresh_token: token });

  it('of two nodes that start for the first time at once, one makes the hub and both are it', async () => {
    const [a, b] = await Promise.all(hub.apis.map(async ({ url }) => (await fetch(`${url}/jwks`)).text()));
    expect(a).toBe(b);
    const ledger = await EventStoreLedger.connect({ url: process.env['EVENTSTORE_URL']! });
    const begun = (await readEverything(ledger, hub.begin)).filter(({ correlationId }) => ['first-start', 'start'].includes(correlationId));
    await ledger.close();
    const count = (type: string): number => begun.filter((event) => event.type === type).length;
    // The administrator, and the operator of the command line.
    expect([count('UserRegistered'), count('UserPasswordSet'), count('AgentRegistered')]).toEqual([1, 1, 1]);
    const resources = begun.filter(({ type }) => type === 'ResourceRegistered').map(({ stream }) => stream);
    expect([resources.length > 1, new Set(resources).size]).toEqual([true, resources.length]);
    expect(Math.max(count('TenantCreated'), count('SigningKeyGenerated') / 2)).toBeLessThanOrEqual(1);
    for (const { url } of hub.apis) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('a code that a person was given through both is redeemed on either, once', async () => {
    const { client_id: clientId } = await publicClient();
    for (const node of [0, 1] as const) {
      const obtained = await obtainCode(clientId);
      expect((await redeem(node, clientId, obtained)).status).toBe(200);
      expect((await redeem(node === 0 ? 1 : 0, clientId, obtained)).status).toBe(400);
    }
    expect(between.given.every((count) => count > 4)).toBe(true);
    // In a race a loser may be seen as the thief that it may be, and cost the winner its token (RFC 6749 section 4.1.2).
    const raced = await obtainCode(clientId);
    const answers = await Promise.all(([0, 1, 0, 1] as const).map((node) => redeem(node, clientId, raced)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  it('a refresh token is rotated on either, and a stolen old one ends the family on both', async () => {
    const { client_id: clientId } = await publicClient();
    const first = (await redeem(0, clientId, await obtainCode(clientId))).body['refresh_token']!;
    const second = (await refresh(1, clientId, first)).body['refresh_token']!;
    const third = await refresh(0, clientId, second);
    expect([third.status, new Set([first, second, third.body['refresh_token']]).size]).toEqual([200, 3]);
    expect((await refresh(1, clientId, first)).status).toBe(400);
    expect((await refresh(0, clientId, third.body['refresh_token']!)).status).toBe(400);
  });

  it('a suspension on one is a refusal on the other by the time it has been answered', async () => {
    for (const round of [0, 1, 0, 1, 0] as const) {
      const other = round === 0 ? 1 : 0;
      const { agent_id: agentId, client_id: clientId } = await publicClient();
      const { body } = await redeem(other, clientId, await obtainCode(clientId));
      const direct = await fetch(`${hub.apis[round].url}/api/agents/${agentId}/suspend`, {
        method: 'POST', body: '{"reason":"spec"}', headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
      });
      expect(direct.status).toBe(200);
      expect((await refresh(other, clientId, body['refresh_token']!)).status).toBe(400);
    }
  });

  it('CA-05: a client assertion is good for one use on all nodes together, however they are asked', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] };
    const { agent_id: agentId, client_id: clientId } = await registered({ name: 'Keyed', grant_types: ['client_credentials'], token_endpoint_auth_method: 'private_key_jwt', jwks });
    await admin.call('POST', 'grants', { agent_id: agentId, principal: { kind: 'agent', id: agentId }, resource_id: resourceId, scopes: ['notes:read'] });
    const now = Math.floor(Date.now() / 1000);
    const assertion = (jti: string) => new SignJWT({ iss: clientId, sub: clientId, aud: hub.issuer, iat: now, exp: now + 120, jti }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey);
    const use = async (node: 0 | 1, text: string) =>
      (await post(node, '/token', { grant_type: 'client_credentials', resource: resource.uri, client_assertion: text, client_assertion_type: ASSERTION })).status;
    const once = await assertion('once');
    expect([await use(0, once), await use(1, once), await use(0, once)]).toEqual([200, 401, 401]);
    const raced = await assertion('raced');
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => use(n % 2 === 0 ? 0 : 1, raced)));
    expect(answers.filter((status) => status === 200)).toHaveLength(1);
  });

  it('who signs out on one is nobody on the other', async () => {
    const browsers = [new Browser(hub.issuer), new Browser(hub.issuer)];
    for (const browser of browsers) await browser.submit(await browser.open('/sign-in'), '/sign-in', { email: person.email, password: person.password });
    const mine = await browsers[0]!.open('/my/agents');
    expect(mine.html).toContain(person.name);
    await browsers[0]!.submit(mine, '/sign-out', {});
    expect((await browsers[0]!.open('/my/agents')).html).not.toContain(person.name);
    expect((await browsers[1]!.open('/my/agents')).html).toContain(person.name);
  });

  it('what one node has written is in the lists of the other when the reader waits for it', async () => {
    const { agent_id: agentId } = await publicClient();
    const { items } = await admin.call<{ items: { agent_id: string }[] }>('GET', 'agents?limit=5', undefined, { 'if-ledger-at-least': admin.position! });
    expect(items.map((row) => row.agent_id)).toContain(agentId);
  });

  it('an API node feeds nothing and runs no jobs; a worker does, and gives no tokens', async () => {
    const ask = async (url: string) => ({
      ready: (await (await fetch(`${url}/health/ready`)).json()) as { read_models: { state: string }[] },
      metrics: await (await fetch(`${url}/metrics`)).text(),
    });
    // They are built first, and each process looks now and then; that it never comes ends by the runner's patience.
    const settled = async (url: string, state: string): Promise<Awaited<ReturnType<typeof ask>>> => {
      const seen = await ask(url);
      return seen.ready.read_models.every((model) => model.state === state) ? seen : settled(url, state);
    };
    const [api, worker] = [await settled(hub.apis[1].url, 'standby'), await settled(hub.worker.url, 'serving')];
    expect(api.metrics).not.toMatch(/^mandate_jobs_running/m);
    expect(worker.metrics).toMatch(/^mandate_jobs_running 1$/m);
    for (const path of ['/token', '/register', '/introspect']) expect((await fetch(`${hub.worker.url}${path}`, { method: 'POST' })).status).toBe(404);
    for (const path of ['/jwks', '/authorize', '/api/agents', '/.well-known/oauth-authorization-server']) expect((await fetch(`${hub.worker.url}${path}`)).status).toBe(404);
  });

  it('the command line works from any machine that has the stores and the key', async () => {
    const lines: string[] = [];
    expect(await runCommand(['agents'], { out: (line) => lines.push(line), problem: (line) => lines.push(line) }, hub.environment)).toBe(0);
    expect(lines.join('\n')).toContain('App');
    const withoutKey = { ...hub.environment, MANDATE_MASTER_KEY: '' };
    expect(await runCommand(['agents'], { out: (line) => lines.push(line), problem: (line) => lines.push(line) }, withoutKey)).toBe(1);
    expect(lines.at(-1)).toMatch(/The operator's credentials can't be had\. The vault in PostgreSQL exists but its key .* is missing/);
  });

  it('nothing has failed inside', () => {
    // A warning is a store that is not there yet.
    for (const { printed } of [...hub.apis, hub.worker]) expect(printed()).not.toMatch(/"level":(50|60)/);
  });

  it('the tour goes through all of it with each request on the other node', async () => {
    await between.close();
    const tour = spawn(process.execPath, [fileURLToPath(new URL('../../tour/tour.js', import.meta.url))], {
      env: { PATH: process.env['PATH'], ...hub.environment, TOUR_NODES: hub.apis.map(({ url }) => url).join(','), TOUR_PATIENCE: '20000' }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [tour.stdout, tour.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve) => tour.once('close', resolve));
    expect(said).toContain('Everything was as promised.');
    expect([code, /The nodes were given (\d+) and (\d+) requests/.exec(said)?.slice(1).every((count) => Number(count) > 5)]).toEqual([0, true]);
  }, 60_000);

  it('a worker that is ended (SIGTERM) with a job in its hands finishes it first, and takes no other', async () => {
    const jobs = await redisBackend(process.env['REDIS_URL']!).open('mandate');
    // Within a transaction the list of who waits does not change.
    const [vault, beside] = [0, 1].map(() => new pg.Client({ connectionString: hub.environment['DATABASE_URL']! })) as [pg.Client, pg.Client];
    await Promise.all([vault.connect(), beside.connect()]);
    // The job comes as far as its one statement, which waits for us.
    await vault.query('BEGIN; LOCK TABLE mandate_vault.secret IN ACCESS EXCLUSIVE MODE');
    const held = await jobs.queue.add('sweep-secrets', {});
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'DELETE FROM mandate_vault.secret%'`;
    while ((await beside.query(waiting)).rowCount === 0) expect(await held.getState()).toMatch(/^(waiting|active)$/);
    const ended = hub.worker.stop();
    while (await isListening(hub.worker.url)) expect(await held.getState()).toBe('active');
    await vault.query('COMMIT');
    expect(await ended).toBe(0);
    expect([await jobs.queue.getJob(held.id!), await jobs.queue.getActive()]).toEqual([undefined, []]);
    expect(hub.worker.printed()).not.toMatch(/"level":(40|50|60).*sweep-secrets/);
    // Nobody takes it any more, and whoever comes next does.
    const left = await jobs.queue.add('expire-leases', {});
    expect(await left.getState()).toBe('waiting');
    await left.remove();
    await Promise.all([vault.end(), beside.end(), jobs.queue.close()]);
    await jobs.close();
  }, 60_000);
});

const isListening = (url: string): Promise<boolean> => fetch(`${url}/health/live`, { headers: { connection: 'close' } }).then(() => true, () => false);

(missingRaceStores === undefined ? describe : describe.skip)(`races between two processes over EventStoreDB${missingRaceStores === undefined ? '' : ` (${missingRaceStores})`}`, () => {
  let processes: Awaited<ReturnType<typeof startRaceProcesses>>;
  let hubs: RacingHubs;
  beforeAll(async () => {
    processes = await startRaceProcesses();
    hubs = await RacingHubs.start(processes.nodes, 20);
  }, 60_000);
  afterAll(async () => {
    await processes?.nodes.close();
    await processes?.end();
  }, 60_000);

  it.each(Object.keys(races))('%s: the promised one wins', async (name) => {
    await race(hubs, name);
    expect(await hubs.nodes.failures()).toEqual([]);
  }, 60_000);

  it('a node that stood still (F-25) says nothing afterwards that was forbidden on the other meanwhile', async () => {
    const [one, other] = processes.nodes.hubs as [HubProcess, HubProcess];
    const service = await hubs.service();
    const ask = () => other.clientCredentials(service, { resource: hubs.resource });
    expect((await ask()).status).toBe(200);
    const standing = other.ask({ kind: 'fault', fault: 'block' });
    await hubs.change(one, `/api/agents/${service.clientId}/suspend`, { reason: 'a test' });
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    await standing;
    // Or, while it does not know how far it is behind, to come again.
    expect(answers.filter(({ status, headers, body }) => body['error'] !== 'invalid_grant' && (status !== 503 || headers.get('retry-after') === null))).toEqual([]);
    expect(await hubs.nodes.failures()).toEqual([]);
    expect((await comeAgain(ask)).body['error']).toBe('invalid_grant');
  }, 60_000);

  it('leaves a ledger that keeps every promise, and has what was handed out', async () => {
    expect(hubs.told.tokens.length).toBeGreaterThan(10);
    // From where this hub begins, with what it found of its tenant: what else others have left in that EventStoreDB is theirs.
    const { nodes: { ledger }, begin } = processes;
    const found = (await Promise.all(['tenant', 'policy', 'key', 'trust', 'deployment'].map((kind) => ledger.readStream(`${kind}-tnt_default`)))).flat().filter(({ position }) => !isAfter(position, begin));
    const audit = new LedgerAudit(new CelConditions(), hubs.told);
    for (const event of [...found.sort((a, b) => (a.position < b.position ? -1 : 1)), ...(await readEverything(ledger, begin))]) if (!isMadeUp(event)) audit.see(event);
    expect(audit.result().violations).toEqual([]);
  }, 60_000);
});
