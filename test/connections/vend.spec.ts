import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../src/commands/agents/change-agent.js';
import { ReplayDecisions } from '../../src/commands/decisions/replay-decisions.js';
import { DestroyCredential } from '../../src/commands/credentials/destroy-credential.js';
import { StoreKey } from '../../src/commands/credentials/store-key.js';
import { RevokeGrant } from '../../src/commands/grants/revoke-grant.js';
import { brokerUri } from '../../src/commands/resources/hub-resources.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { VaultUnavailable } from '../../src/domain/ports/credential-vault.js';
import { makeTenant } from '../api/admin/admin-rig.js';
import { decideBy } from '../api/policies/policy-paths.js';
import type { Browser } from '../support/browser.js';
import { answerOf, authorizeUrl, obtainCode, pkce, redeem } from '../support/code-flow.js';
import { ACCESS_TOKEN, CALENDAR, type Service, EXCHANGE, allow, claimsOf, exchange, exchanger, operate } from '../support/exchange.js';
import { FragileLedger } from '../support/fragile-ledger.js';
import { NOTES, PUBLIC_CLIENT, basic, startHub } from '../support/hub.js';
import { TestClock } from '../support/test-clock.js';
import { ConnectionsRig } from './connections-rig.js';

const dataOf = ({ data }: RecordedEvent) => data as Record<string, unknown>;
const SERVICE = 'urn:mandate:connection:service';

describe('a credential in exchange for a token (RFC 8693)', () => {
  const clock = new TestClock();
  const ledger = new FragileLedger(() => clock.now());
  let rig: ConnectionsRig;
  let ana: Browser;
  let anaId: string;
  let notesId: string;
  let desktop: { agentId: string; clientId: string };
  let server: Service;
  let received: string;
  const hub = () => rig.hub;
  /** What the desktop application sends the server: a token of Ana for the notes. */
  const receive = async (change: Record<string, string> = {}, browser = ana) =>
    String((await redeem(hub(), desktop.clientId, await obtainCode(hub(), desktop.clientId, { browser, change: { scope: 'notes:read', ...change } }))).body['access_token']);
  const ask = (fields: Record<string, string> = {}, by = server, subject = received) => exchange(hub(), by, subject, { requested_token_type: SERVICE, ...fields });
  const last = async (type: string) => dataOf((await hub().events(type)).at(-1)!);
  const told = ({ status, body }: { status: number; body: Readonly<Record<string, unknown>> }) => ({ status, ...body, error_description: undefined });
  const another = async (): Promise<Service> => {
    const made = await exchanger(hub(), 'Another');
    await operate(hub(), notesId, made.agentId);
    return made;
  };

  beforeAll(async () => {
    rig = await ConnectionsRig.start({ hub: { ledger, clock }, draft: { lends: true } });
    ana = await rig.ana();
    anaId = dataOf((await hub().events('UserRegistered')).at(-1)!)['userId'] as string;
    notesId = await hub().resource();
    desktop = await hub().agent(PUBLIC_CLIENT, 'Desktop');
    server = await exchanger(hub(), 'Notes server');
    await operate(hub(), notesId, server.agentId);
    received = await receive();
    await rig.connect(ana, `/connections/service/connect?agent=${server.agentId}&scope=read`);
  });
  afterAll(() => rig.close());
  afterEach(() => {
    // Once a minute of a kind is recorded; each of these has to be. The received token lives for five.
    clock.advance(1);
    expect(hub().inside.failures.splice(0)).toEqual([]);
  });

  it('is the service\'s own token, with its end and its scope and no refresh token, for the server that received the token', async () => {
    const { status, body, headers } = await ask();
    expect([status, headers.get('cache-control'), headers.get('mandate-lend-id')]).toEqual([200, 'no-store', (await last('CredentialLent'))['lendId']]);
    expect(body).toEqual({
      access_token: expect.any(String), issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', token_type: 'Bearer', expires_in: expect.any(Number), scope: 'read',
    });
    expect(body['expires_in']).toBeGreaterThan(500);
    expect(await rig.service.tokenOf(`Bearer ${String(body['access_token'])}`)).toMatchObject({ accountId: 'octocat', scope: 'read' });
  });

  it('VA-15: the record has who, for whom, through whom, by which policy, what for and until when, and not the credential', async () => {
    const { body } = await ask();
    const lent = await last('CredentialLent');
    expect(lent).toMatchObject({
      agentId: server.agentId, principal: { kind: 'user', id: anaId }, actors: [server.agentId, desktop.agentId], purpose: 'exchange', grantType: EXCHANGE, scopes: ['read'], denied: [],
      policyVersion: 1, ruleIds: ['allow-what-was-granted'], expiresAt: clock.seconds() + Number(body['expires_in']), decision: { policyDigest: expect.stringMatching(/^[\w-]{43}$/) },
    });
    expect(JSON.stringify(lent)).not.toContain(body['access_token']);
  });

  it('is opened after the record of it is durable, and not a moment before', async () => {
    const { credentials } = hub().inside.vault;
    const { open } = credentials;
    const recorded: number[] = [];
    const before = (await hub().events('CredentialLent')).length;
    Object.assign(credentials, { open: async (place: Parameters<typeof open>[0]) => {
      recorded.push((await hub().events('CredentialLent')).length - before);
      return open.call(credentials, place);
    } });
    await ask();
    Object.assign(credentials, { open });
    expect(recorded).toEqual([1]);
  });

  it.each<readonly [string, Record<string, string>]>([
    ['audience', { requested_token_type: '', audience: SERVICE }], ['audience, asking for an access token', { requested_token_type: 'urn:ietf:params:oauth:token-type:access_token', audience: SERVICE }],
    ['both', { audience: SERVICE }],
  ])('is named by %s too', async (_, fields) => {
    const given = Object.fromEntries(Object.entries({ requested_token_type: SERVICE, ...fields }).filter(([, value]) => value !== ''));
    expect((await exchange(hub(), server, received, given)).status).toBe(200);
  });

  it.each<readonly [string, Record<string, string>, string]>([
    ['another connection as audience', { audience: 'urn:mandate:connection:other' }, 'invalid_target'], ['a resource beside it', { resource: NOTES.uri }, 'invalid_target'],
    ['a JWT of it', { audience: SERVICE, requested_token_type: 'urn:ietf:params:oauth:token-type:jwt' }, 'invalid_request'],
    ['its refresh token', { audience: SERVICE, requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request'],
    ['a name that can\'t be one', { requested_token_type: 'urn:mandate:connection:../x' }, 'invalid_target'],
  ])('is not given when the request names %s', async (_, fields, error) => {
    const before = (await hub().events('CredentialLent')).length;
    expect((await ask(fields)).body).toEqual({ error, error_description: expect.any(String) });
    expect((await hub().events('CredentialLent')).length).toBe(before);
  });

  it('TX-13, VA-02: an agent that nobody let use it, one that names what nobody defined, and one with another person\'s token are told the same', async () => {
    const other = await another();
    const fresh = await receive();
    const known = await ask({}, other, fresh);
    const unknown = await ask({ requested_token_type: 'urn:mandate:connection:nowhere' }, other, fresh);
    expect(told(known)).toEqual({ status: 400, error: 'invalid_target', connect_url: `${hub().issuer}/connections/service/connect?agent=${other.agentId}` });
    expect([{ ...told(unknown), connect_url: '' }, unknown.body['error_description']]).toEqual([{ ...told(known), connect_url: '' }, known.body['error_description']]);
    expect((await hub().events('CredentialLendRefused')).slice(-2).map((event) => [dataOf(event)['reason'], dataOf(event)['error']])).toEqual([['grant.unknown', 'invalid_target'], ['connection.unknown', 'invalid_target']]);
    await operate(hub(), notesId, server.agentId);
    const ben = { email: 'ben@example.com', name: 'Ben', password: 'another long password' };
    await hub().user(ben);
    const bens = await receive({}, await rig.ana(ben));
    expect(told(await ask({}, server, bens))).toEqual({ status: 400, error: 'invalid_target', connect_url: `${hub().issuer}/connections/service/connect?agent=${server.agentId}` });
  });

  it('VA-01: in another tenant neither the token nor the agent is known', async () => {
    const place = await makeTenant(hub(), 'elsewhere');
    const fields = { grant_type: EXCHANGE, subject_token: received, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', requested_token_type: SERVICE };
    expect(told(await hub().post(`${place.path}/token`, fields, basic(server.clientId, server.clientSecret)))).toMatchObject({ status: 401, error: 'invalid_client' });
  });

  it('an agent that was let use it, for a person who has not connected it, is told where to send the person; it works when they have', async () => {
    const cleo = { email: 'cleo@example.com', name: 'Cleo', password: 'another long password' };
    const userId = await hub().user(cleo);
    const browser = await rig.ana(cleo);
    await allow(hub(), server.agentId, { kind: 'user', id: userId }, rig.connectionId, ['read']);
    const cleos = await receive({}, browser);
    const { status, body } = await ask({ scope: 'read' }, server, cleos);
    expect([status, body]).toEqual([400, { error: 'interaction_required', error_description: expect.any(String), connect_url: `${hub().issuer}/connections/service/connect?agent=${server.agentId}&scope=read` }]);
    expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'credential.unknown', error: 'interaction_required', purpose: 'exchange', grantType: EXCHANGE });
    await rig.connect(browser, new URL(String(body['connect_url'])).pathname + new URL(String(body['connect_url'])).search);
    expect((await ask({ scope: 'read' }, server, cleos)).status).toBe(200);
  });

  it('VA-03: a token that only says who somebody is opens nothing, nor does one for the hub\'s door without its scope', async () => {
    const calendarId = await hub().resource(CALENDAR);
    await operate(hub(), calendarId, server.agentId);
    const identity = await receive({ scope: 'openid', resource: CALENDAR.uri });
    expect(claimsOf(identity)['scope']).toBe('openid');
    expect(told(await ask({}, server, identity))).toEqual({ status: 400, error: 'invalid_request' });
    expect(await last('TokenRefused')).toMatchObject({ agentId: server.agentId, reason: 'token.scope_missing' });
    const web = (await hub().agent({ ...PUBLIC_CLIENT, grantTypes: ['authorization_code', EXCHANGE], tokenEndpointAuthMethod: 'client_secret_basic' }, 'Web')) as Service;
    const { verifier, challenge } = pkce();
    const page = await ana.submit(await ana.open(authorizeUrl(web.clientId, challenge, { resource: brokerUri(hub().issuer), scope: 'openid connections:use' })), '/consent', { decision: 'allow' });
    const fields = { grant_type: 'authorization_code', code: answerOf(page).get('code')!, code_verifier: verifier, redirect_uri: PUBLIC_CLIENT.redirectUris[0]! };
    const door = String((await hub().post('/token', fields, basic(web.clientId, web.clientSecret))).body['access_token']);
    await allow(hub(), web.agentId, { kind: 'user', id: anaId }, rig.connectionId, ['read']);
    expect((await ask({}, web, door)).status).toBe(200);
    await decideBy(hub(), [{ id: 'all', effect: 'allow' }, { id: 'shut', effect: 'deny', targets: { scopes: ['connections:use'] } }]);
    expect(told(await ask({}, web, door))).toEqual({ status: 400, error: 'invalid_request' });
    expect(await last('TokenRefused')).toMatchObject({ agentId: web.agentId, reason: 'token.scope_missing' });
    expect((await rig.forward(door, '/api/things')).headers.get('www-authenticate')).toContain('insufficient_scope');
    await decideBy(hub(), [{ id: 'all', effect: 'allow' }]);
  });

  it('TX-03: never more than was granted, and all or nothing of what is named', async () => {
    for (const scope of ['write', 'read write']) expect(told(await ask({ scope }))).toEqual({ status: 400, error: 'invalid_scope' });
    expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'scope.none_allowed', denied: [{ scope: 'write', reason: 'grant.scope_missing' }] });
  });

  it('VA-15: is not handed over when it can do more than the agent may, or when the connection keeps it; the hub still makes the call', async () => {
    await rig.connect(ana, '/connections/service/connect?scope=write');
    expect(told(await ask())).toEqual({ status: 400, error: 'access_denied' });
    expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'credential.too_broad' });
    await allow(hub(), server.agentId, { kind: 'user', id: anaId }, rig.connectionId, ['read', 'write']);
    expect((await ask()).body['scope']).toBe('read write');
    const kept = await rig.define('kept', { lends: false, heldBy: 'tenant', oauth: { issuer: rig.service.issuer, clientId: 'hub', grant: 'client_credentials' }, scopes: [{ name: 'read', description: 'R' }], defaultScopes: undefined, routes: [{ methods: ['GET'], path: '/api/**' }] });
    await allow(hub(), server.agentId, { kind: 'user', id: anaId }, kept, ['read']);
    expect(told(await ask({ requested_token_type: 'urn:mandate:connection:kept' }))).toEqual({ status: 400, error: 'access_denied' });
    expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'connection.not_lent', connectionId: kept });
  });

  it.each<readonly [string, () => Promise<unknown>, string, string]>([
    ['the token it is asked with was revoked', () => hub().post('/revoke', { client_id: desktop.clientId, token: received }), 'token.revoked', 'invalid_request'],
    ['the agent was suspended', () => hub().do(new ChangeAgent(desktop.agentId, { type: 'SuspendAgent', reason: 'test' }, hub().context)), 'agent.suspended', 'invalid_request'],
    ['another answers for the resource by now', () => operate(hub(), notesId, undefined), 'delegation.not_intended', 'invalid_request'],
    ['the grant was taken back', async () => {
      const grantId = (await hub().events('GrantGiven')).map(dataOf).find((data) => data['agentId'] === server.agentId && data['resourceId'] === rig.connectionId)!['grantId'] as string;
      await hub().do(new RevokeGrant(grantId, 'test', undefined, hub().context));
    }, 'grant.revoked', 'invalid_target'],
    ['the person disconnected the service', async () => hub().do(new DestroyCredential((await last('CredentialLent'))['credentialId'] as string, 'disconnected', hub().context)), 'credential.unknown', 'interaction_required'],
  ])('is not opened when %s before the loan\'s place in the log, and that is recorded', async (_, meanwhile, reason, error) => {
    received = await receive();
    expect((await ask()).status).toBe(200);
    const { credentials } = hub().inside.vault;
    const { open } = credentials;
    let opened = 0;
    Object.assign(credentials, { open: (place: Parameters<typeof open>[0]) => {
      if (place.part === 'access') opened += 1;
      return open.call(credentials, place);
    } });
    Object.assign(ledger, { awaited: 'CredentialLent', before: meanwhile });
    const { status, body } = await ask();
    Object.assign(credentials, { open });
    expect([status, body['error'], body['access_token'], opened]).toEqual([400, error, undefined, 0]);
    expect(await last('CredentialLendVoided')).toMatchObject({ agentId: server.agentId, reason });
    // As it was.
    await hub().do(new ChangeAgent(desktop.agentId, { type: 'ResumeAgent' }, hub().context)).catch(() => undefined);
    await operate(hub(), notesId, server.agentId);
    await allow(hub(), server.agentId, { kind: 'user', id: anaId }, rig.connectionId, ['read', 'write']);
    if (reason === 'credential.unknown') await rig.connect(ana, '/connections/service/connect?scope=read%20write');
    received = await receive();
  });

  it('VA-11: of two nodes that are asked for one that is over at the same moment, one refreshes it, and both lend what came of it', async () => {
    const second = await startHub({ allowLoopback: true, beside: hub() });
    clock.advance(700);
    received = await receive();
    const [before, refreshed] = [rig.service.count('refresh_token'), (await hub().events('CredentialRefreshed')).length];
    const fields = { grant_type: EXCHANGE, subject_token: received, subject_token_type: ACCESS_TOKEN, requested_token_type: SERVICE };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? hub() : second).post('/token', fields, basic(server.clientId, server.clientSecret))));
    await second.close();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body['access_token'])).size).toBe(1);
    expect([rig.service.count('refresh_token') - before, (await hub().events('CredentialRefreshed')).length - refreshed]).toEqual([1, 1]);
  });

  it('VA-15: is not handed over when the service gave more than the connection knows of, and that is told by the record of it', async () => {
    clock.advance(700);
    received = await receive();
    const answer = { access_token: 'a-token-that-can-do-much', token_type: 'Bearer', expires_in: 600, scope: 'openid offline_access read write admin:org delete' };
    rig.service.beforeToken = async (_, response) => Boolean(response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)));
    expect(told(await ask())).toEqual({ status: 400, error: 'access_denied' });
    rig.service.beforeToken = undefined;
    expect(await last('CredentialRefreshed')).toMatchObject({ scopes: ['read', 'write'], beyond: 2 });
    expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'credential.too_broad' });
    await rig.connect(ana, '/connections/service/connect?scope=read%20write');
    expect((await ask()).status).toBe(200);
  });

  it('VA-14: while the keys can\'t be reached nothing leaves, and the agent is told to come back', async () => {
    const { credentials } = hub().inside.vault;
    const { open } = credentials;
    Object.assign(credentials, { open: () => Promise.reject(new VaultUnavailable('the key service does not answer')) });
    const { status, body, headers } = await ask();
    Object.assign(credentials, { open });
    expect([status, body['error'], headers.get('retry-after') !== null, body['access_token']]).toEqual([503, 'temporarily_unavailable', true, undefined]);
  });

  it('VA-10: when the vault\'s row was swapped nothing leaves, now and from then on', async () => {
    const { credentialId, secretId } = await last('CredentialLent');
    const { secrets } = hub().inside.vault;
    const row = (part: string) => `${String(credentialId)}.${String(secretId)}.${part}`;
    const own = (await secrets.get(hub().context.tenant, 'credential', row('access')))!;
    await secrets.put(hub().context.tenant, 'credential', { name: row('access'), value: (await secrets.get(hub().context.tenant, 'credential', row('refresh')))! });
    expect(told(await ask())).toEqual({ status: 500, error: 'server_error' });
    expect(hub().inside.failures.splice(0)).toHaveLength(1);
    expect(told(await ask())).toEqual({ status: 400, error: 'access_denied' });
    expect(await last('CredentialLendRefused')).toMatchObject({ reason: 'credential.distrusted' });
    await secrets.put(hub().context.tenant, 'credential', { name: row('access'), value: own });
  });

  it('a key is no token: it comes as what it is, without an end, to an agent that acts for itself too', async () => {
    const connectionId = await rig.define('weather', {
      lends: true, heldBy: 'tenant', oauth: undefined, clientSecret: undefined, apiKey: { placement: 'header', name: 'X-Api-Key' }, scopes: [{ name: 'use', description: 'Use it' }], defaultScopes: undefined, routes: [{ methods: ['GET'], path: '/api/**' }],
    });
    await hub().do(new StoreKey(connectionId, { kind: 'tenant', id: hub().context.tenant }, { key: 'canary-"key"-0123456789' }, hub().context));
    const robot = await exchanger(hub(), 'Robot');
    await allow(hub(), robot.agentId, { kind: 'agent', id: robot.agentId }, notesId, ['notes:read']);
    const own = String((await hub().clientCredentials(robot, { resource: NOTES.uri })).body['access_token']);
    const weather = { requested_token_type: 'urn:mandate:connection:weather' };
    expect(told(await ask(weather, robot, own))).toEqual({ status: 400, error: 'invalid_target' });
    await allow(hub(), robot.agentId, { kind: 'agent', id: robot.agentId }, connectionId, ['use']);
    expect(await ask(weather, robot, own)).toMatchObject({ status: 200, body: { access_token: 'canary-"key"-0123456789', issued_token_type: 'urn:mandate:connection:weather', token_type: 'N_A', scope: 'use' } });
    expect((await ask(weather, robot, own)).body).not.toHaveProperty('expires_in');
    expect(await last('CredentialLent')).toMatchObject({ agentId: robot.agentId, principal: { kind: 'agent', id: robot.agentId }, actors: [] });
    expect(JSON.stringify(await hub().events())).not.toContain('canary-');
  });

  it('all of it is decided again from the ledger alone, with the same outcome', async () => {
    const whole = await hub().inside.app.get(ReplayDecisions, { strict: false }).page({ tenant: hub().context.tenant, after: '', limit: 100_000 });
    expect(whole).toMatchObject({ mismatches: [], unknown: 0, atEnd: true });
    expect(whole.decisions).toBeGreaterThan(60);
  });
});
