import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPostgres, findRedis } from '../../scripts/debian-packages.js';
import { type RealServer, startPostgres, startRedis } from '../../scripts/real-servers.js';
import { readConfig } from '../../src/platform/config.js';
import { findOperator } from '../../src/platform/operator-credentials.js';
import type { Browser } from '../support/browser.js';
import { signIn } from '../support/code-flow.js';
import { FlakyLink } from '../support/flaky-link.js';
import { freePort } from '../support/free-ports.js';
import { ADMIN, NOTES } from '../support/hub.js';
import { HubOverHttp, type JsonAnswer } from '../support/hub-over-http.js';
import { type NodeProcess, startNode } from '../support/node-process.js';
import { until } from '../support/until.js';

const missing = ((): string | undefined => {
  try {
    findPostgres();
    findRedis();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
})();
const suite = missing === undefined ? describe : describe.skip;

suite(`a hub whose servers die under it${missing === undefined ? '' : ` (${missing})`}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-servers-'));
  let postgres: RealServer;
  let link: FlakyLink;
  let redis: RealServer;
  let node: NodeProcess;
  let hub: HubOverHttp;
  let token: string;
  let service: { readonly clientId: string; readonly clientSecret: string };
  let browser: Browser;
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    const database = new URL(postgres.url);
    link = await FlakyLink.to('127.0.0.1', Number(database.port));
    database.port = String(link.port);
    const port = String(await freePort());
    const environment = {
      PORT: port, MANDATE_DATA: directory, DATABASE_URL: database.href, REDIS_URL: redis.url, MANDATE_SAMPLE: 'off', MANDATE_LOG: 'warn',
      MANDATE_MASTER_KEY: randomBytes(32).toString('base64url'), MANDATE_ADMIN_EMAIL: ADMIN.email, MANDATE_ADMIN_PASSWORD: ADMIN.password,
    };
    node = await startNode([], environment);
    hub = new HubOverHttp(`http://localhost:${port}`);
    const operator = (await findOperator(readConfig(environment)))!;
    token = (await hub.clientCredentials(operator, { resource: `${hub.issuer}/api` })).body['access_token'] as string;
    const { kind, name, uri, scopes } = NOTES;
    const { body: resource } = await admin('POST', '/api/resources', { kind, name, uri, scopes });
    const { body: agent } = await admin('POST', '/api/agents', { name: 'Service', owner: { kind: 'team', id: 'team_spec' }, grant_types: ['client_credentials'] });
    service = { clientId: agent['client_id'] as string, clientSecret: agent['client_secret'] as string };
    await admin('POST', '/api/grants', { agent_id: agent['agent_id'], resource_id: resource['resource_id'], scopes: ['notes:read'] });
    browser = await signedIn();
  }, 120_000);
  afterAll(async () => {
    await node?.stop();
    await link?.close();
    await Promise.all([postgres?.stop(), redis?.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const admin = (method: string, path: string, body?: unknown): Promise<JsonAnswer> =>
    hub.json(path, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const issue = (): Promise<JsonAnswer> => hub.clientCredentials(service, { resource: NOTES.uri });
  const signedIn = async (): Promise<Browser> => {
    const anew = hub.browser();
    await signIn(anew, await anew.open('/sign-in'), ADMIN);
    return anew;
  };
  const isSignedIn = async (one: Browser): Promise<boolean> => {
    const page = await one.open('/my/agents');
    return page.status === 200 && page.html.includes('/sign-out');
  };
  const comeAgain = ({ status, headers }: { readonly status: number; readonly headers: Headers }): boolean => status === 503 && Number(headers.get('retry-after')) > 0;
  const names = async (): Promise<readonly string[] | false> => {
    const { status, body } = await admin('GET', '/api/agents?limit=200');
    return status === 200 && (body['items'] as { name: string }[]).map(({ name }) => name);
  };
  const jobsRun = async (): Promise<boolean> => /^mandate_jobs_running 1$/m.test(await (await hub.fetch('/metrics')).text());

  /** How long something takes to be well again, told for docs/faults.md. */
  const recovery = async <T>(of: string, well: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const seen = await well();
    process.stdout.write(`${of}: well again ${Math.round(performance.now() - began)} ms after it was back\n`);
    return seen;
  };

  it('PostgreSQL killed: what needs it says to come again, tokens are issued all the same, and all is as it was when it is back', async () => {
    await until(names);
    await postgres.kill();

    expect((await issue()).status).toBe(200);
    expect((await admin('POST', '/api/agents', { name: 'Registered meanwhile', owner: { kind: 'team', id: 'team_spec' }, grant_types: ['client_credentials'] })).status).toBe(201);
    expect(comeAgain(await admin('GET', '/api/agents'))).toBe(true);
    expect(comeAgain(await browser.open('/my/agents'))).toBe(true);
    for (const path of ['/jwks', '/.well-known/oauth-authorization-server', '/health/live', '/health/ready']) expect([path, (await hub.fetch(path)).status]).toEqual([path, 200]);
    await postgres.again();

    await recovery('PostgreSQL killed, sign-in', () => until(() => isSignedIn(browser)));
    await recovery('PostgreSQL killed, lists with what was written meanwhile', () => until(async () => (await names() || []).includes('Registered meanwhile')));
    expect(await isSignedIn(await signedIn())).toBe(true);
  }, 120_000);

  it('PostgreSQL silent: nobody waits for it for long, and nothing is lost', async () => {
    link.freeze();
    expect((await issue()).status).toBe(200);
    expect(comeAgain(await browser.open('/my/agents'))).toBe(true);
    expect(comeAgain(await admin('GET', '/api/agents'))).toBe(true);
    link.repair();
    expect(await recovery('PostgreSQL silent, sign-in', () => until(() => isSignedIn(browser)))).toBe(true);
    await recovery('PostgreSQL silent, lists', () => until(names));
  }, 120_000);

  it('PostgreSQL undoes everything for the sake of others (F-14): sign-in and lists say to come again, nothing is half done, and all goes on after the storm', async () => {
    const storm = new pg.Client({ connectionString: postgres.url });
    await storm.connect();
    await storm.query(`CREATE FUNCTION public.undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'undone for another' USING ERRCODE = '40P01'; END $$;
      CREATE TRIGGER storm BEFORE INSERT OR UPDATE OR DELETE ON mandate_vault.secret FOR EACH STATEMENT EXECUTE FUNCTION public.undo();
      CREATE TRIGGER storm BEFORE UPDATE ON projection FOR EACH STATEMENT EXECUTE FUNCTION public.undo()`);
    const [{ count }] = (await storm.query<{ count: string }>('SELECT count(*) FROM mandate_vault.secret')).rows as [{ count: string }];
    const anew = hub.browser();
    expect(comeAgain(await signIn(anew, await anew.open('/sign-in'), ADMIN))).toBe(true);
    expect((await issue()).status).toBe(200);
    expect((await admin('POST', '/api/agents', { name: 'Registered in the storm', owner: { kind: 'team', id: 'team_spec' }, grant_types: ['client_credentials'] })).status).toBe(201);
    expect((await storm.query('SELECT count(*) FROM mandate_vault.secret')).rows).toEqual([{ count }]);
    expect(await names()).not.toContain('Registered in the storm');
    await storm.query('DROP FUNCTION public.undo() CASCADE');
    await storm.end();
    await recovery('a storm of deadlocks, lists', () => until(async () => (await names() || []).includes('Registered in the storm')));
    expect(await isSignedIn(await signedIn())).toBe(true);
  }, 120_000);

  it('Redis killed: nobody but the operator notices, and jobs run again when it is back', async () => {
    await until(jobsRun);
    await redis.kill();
    await until(async () => !(await jobsRun()));
    expect((await issue()).status).toBe(200);
    expect(await isSignedIn(browser)).toBe(true);
    expect(await until(names)).toContain('Service');
    await redis.again();
    await recovery('Redis killed, jobs', () => until(jobsRun));
  }, 120_000);

  it('Redis flushed: nothing that was ended begins again, nothing that holds is lost', async () => {
    const { body } = await issue();
    await hub.post('/revoke', { token: String(body['access_token']), client_id: service.clientId, client_secret: service.clientSecret });
    await admin('POST', `/api/agents/${service.clientId}/suspend`, { reason: 'a test' });
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();

    expect((await issue()).body['error']).toBe('invalid_grant');
    await admin('POST', `/api/agents/${service.clientId}/resume`, {});
    expect((await issue()).status).toBe(200);
    expect(await isSignedIn(browser)).toBe(true);
    await until(jobsRun);
  }, 120_000);
});
