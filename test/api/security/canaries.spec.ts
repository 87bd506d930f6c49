import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SqliteLedger } from '../../../src/platform/ledger/sqlite-ledger.js';
import { takesNothing } from '../../../src/api/admin/endpoint.js';
import { sourcesUnder } from '../../architecture/repository.js';
import { Canaries } from '../../support/canaries.js';
import { answerOf, authorizeUrl, pkce } from '../../support/code-flow.js';
import { freePort } from '../../support/free-ports.js';
import { HubOverHttp, basic } from '../../support/hub-over-http.js';
import { type NodeProcess, startNode } from '../../support/node-process.js';
import { endpoints } from '../admin/admin-rig.js';
import { rawRequest, sendRaw } from '../../support/raw-http.js';

const JSON_BODY = { 'content-type': 'application/json' };
const REDIRECT = 'https://app.example/callback';
type Fields = Readonly<Record<string, string>>;

/**
 * Threats 3.25 (SL). Secrets and personal data go into every public input of the hub as it ships (a process of its own, its
 * embedded stores, the log at its most talkative), and afterwards they stand in no answer they do not belong in, no line of the log, no event,
 * no row and no job: every byte that it left on the disk is looked at.
 */
describe('what is sent to the hub', () => {
  const canaries = new Canaries();
  const password = canaries.of('administrator password');
  const directory = mkdtempSync(join(tmpdir(), 'mandate-canaries-'));
  const found: string[] = [];
  /** Real secrets that the hub made and gave away, by what they are. */
  const given: Record<string, string> = {};
  let node: NodeProcess;
  let hub: HubOverHttp;
  let service: Server;
  let address: string;
  const heard: string[] = [];
  let app: string;
  let admin: string;
  let robot: { id: string; secret: string };
  let adminCookie: string;

  /** Sends; what comes back must not have a canary in it, unless it belongs there. */
  const send = async (path: string, init: RequestInit = {}, belongs: 'nothing' | 'everything' = 'nothing') => {
    const answer = await hub.fetch(path, init);
    const text = await answer.text();
    if (belongs === 'nothing')
      found.push(...canaries.in(`${JSON.stringify([...answer.headers])} ${text}`).map((what) => `the answer to ${init.method ?? 'GET'} ${path.split('?')[0]} (${answer.status}): ${what}`));
    return { status: answer.status, headers: answer.headers, text, body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown> };
  };
  const form = (path: string, fields: Fields, headers: Fields = {}) => send(path, { method: 'POST', body: new URLSearchParams(fields), headers });
  const api = (method: string, path: string, body?: unknown, belongs: 'nothing' | 'everything' = 'nothing') =>
    send(path, { method, headers: { authorization: `Bearer ${admin}`, ...(body === undefined ? {} : JSON_BODY) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }, belongs);

  beforeAll(async () => {
    service = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => (body += String(part)));
      request.on('end', () => {
        heard.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
        if (request.url === '/.well-known/openid-configuration')
          return void response.setHeader('content-type', 'application/json').end(JSON.stringify({
            issuer: address, authorization_endpoint: `${address}/authorize`, token_endpoint: `${address}/token`, jwks_uri: `${address}/jwks`,
            id_token_signing_alg_values_supported: ['ES256'], response_types_supported: ['code'], subject_types_supported: ['public'], op_policy_uri: canaries.of('metadata of an identity provider'),
          }));
        if (request.url === '/client.json') {
          const id = `${address}/client.json`;
          response.setHeader('content-type', 'application/json').end(JSON.stringify({
            client_id: id, client_name: 'By its document', redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none',
            contacts: [`${canaries.of('contact of a metadata document')}@example.com`], registration_access_token: canaries.of('token in a metadata document'),
          }));
        } else response.setHeader('content-type', 'application/json').end(JSON.stringify({ told: canaries.of('what a service answers') }));
      });
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    address = `http://localhost:${(service.address() as AddressInfo).port}`;
    const port = await freePort();
    node = await startNode([], { MANDATE_DATA: directory, PORT: String(port), MANDATE_SAMPLE: 'off', MANDATE_LOG: 'debug', MANDATE_ADMIN_EMAIL: 'root@example.com', MANDATE_ADMIN_PASSWORD: password });
    hub = new HubOverHttp(`http://localhost:${port}`);
  }, 60_000);
  afterAll(async () => {
    await node?.stop();
    service.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is what a person and an administrator need (the way in)', async () => {
    const registered = await send('/register', { method: 'POST', headers: JSON_BODY, body: JSON.stringify({ client_name: 'Console', redirect_uris: [REDIRECT], grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none', contacts: [`${canaries.of('contact')}@example.com`], software_statement: canaries.of('software statement'), client_secret: canaries.of('secret of a registration') }) });
    expect(registered.status).toBe(201);
    app = registered.body['client_id'] as string;
    const browser = hub.browser();
    const { challenge, verifier } = pkce();
    const nonce = canaries.of('nonce');
    const url = authorizeUrl(app, challenge, { resource: `${hub.issuer}/api`, scope: 'directory:read directory:write history:read connections:write policy:write sign-in:write keys:write vault:break-glass', state: canaries.of('state'), nonce, login_hint: `${canaries.of('login hint')}@example.com`, ui_locales: canaries.of('locale') });
    let page = await browser.open(url);
    page = await browser.submit(page, '/sign-in', { email: `${canaries.of('somebody mistyped')}@example.com`, password: canaries.of('mistyped password') });
    page = await browser.submit(page, '/sign-in', { email: 'root@example.com', password: canaries.of('wrong password') });
    page = await browser.submit(page, '/sign-in', { email: 'root@example.com', password });
    // The pages carry the request on, sealed, and show the address that was typed; never a password.
    expect(canaries.in(page.html).filter((what) => what.includes('password'))).toEqual([]);
    page = await browser.submit(page, '/consent', { decision: 'allow' });
    const code = answerOf(page).get('code')!;
    adminCookie = browser.cookie('mandate_session_default')!;
    const { body } = await hub.post('/token', { grant_type: 'authorization_code', client_id: app, code, code_verifier: verifier, redirect_uri: REDIRECT });
    admin = body['access_token'] as string;
    Object.assign(given, {
      'the session of a person': adminCookie.split('.')[1], 'the mark of a browser': browser.cookie('mandate_browser_default'), 'a code': code.split('.')[1],
      'an access token': admin.split('.')[2], 'a refresh token': (body['refresh_token'] as string).split('.').at(-1), 'a PKCE verifier': verifier,
    });
  });

  it('is data of people and secrets of agents, through the admin API', async () => {
    const email = `${canaries.of('e-mail')}@example.com`;
    const name = canaries.of('name');
    const made = await api('POST', '/api/users', { email, name, password: canaries.of('password of a user') });
    expect(made.status).toBe(201);
    const userId = made.body['user_id'] as string;
    expect((await api('GET', `/api/users/${userId}?reveal=true`, undefined, 'everything')).text).toContain(email);
    await api('GET', `/api/users/${userId}`);
    await api('POST', `/api/users/${userId}/password`, { password: canaries.of('next password of a user') });
    await api('POST', '/api/users', { email, name, password: canaries.of('password of one that is there') });
    await api('POST', '/api/users', { email, name, password: canaries.of('short').slice(0, 11), unknown: canaries.of('value of an unknown member') });
    const agent = await api('POST', '/api/agents', { name: 'Robot', owner: { kind: 'team', id: 'team_x' }, grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:openid:params:grant-type:ciba'] });
    robot = { id: agent.body['client_id'] as string, secret: agent.body['client_secret'] as string };
    given['the secret of an agent'] = robot.secret;
    const own = await hub.post('/token', { grant_type: 'client_credentials' }, basic(robot.id, robot.secret));
    expect(own.status).toBe(400);
  });

  it('SL-05: is whatever somebody writes into the wrong field, or makes up', async () => {
    const bearers = (what: string): readonly RequestInit[] => [`Bearer ${canaries.of(`bearer ${what}`)}`, `Basic ${Buffer.from(`${robot.id}:${canaries.of(`basic ${what}`)}`).toString('base64')}`, canaries.of(`scheme ${what}`)].map((authorization) => ({ headers: { authorization } }));
    for (const path of ['/api/agents', '/userinfo', '/events', '/api/keys', '/metrics']) for (const init of bearers(path)) await send(path, init);
    for (const path of ['/userinfo', '/api/agents', '/events', '/jwks', '/health/ready', '/my/agents', '/nothing/here', `/${canaries.of('a path')}`, `/t/${canaries.of('a tenant').toLowerCase().slice(0, 38)}/jwks`, `/api/agents/agt_${canaries.of('an id')}`, `/connections/${canaries.of('a connection')}/forward/x.example/`])
      await send(`${path}?access_token=${canaries.of(`token in the query of ${path}`)}&${canaries.of('parameter')}=1`);
    const fields = (endpoint: string): Fields => Object.fromEntries(
      ['code', 'code_verifier', 'refresh_token', 'redirect_uri', 'resource', 'subject_token', 'actor_token', 'assertion', 'username', 'password', 'device_code', 'token', 'token_type_hint', 'requested_token_type', 'audience', 'nonsense']
        .map((name) => [name, canaries.of(`${name} at ${endpoint}`)]));
    const mine = basic(robot.id, robot.secret);
    await Promise.all(['authorization_code', 'refresh_token', 'client_credentials', 'password', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:ietf:params:oauth:grant-type:jwt-bearer', canaries.of('grant type')].map(async (grant_type) => {
      await form('/token', { grant_type, client_id: app, scope: canaries.of('scope of a stranger'), ...fields('token') });
      await form('/token', { grant_type, scope: canaries.of('scope'), subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', ...fields('token') }, mine);
      await form('/token', { grant_type, client_id: robot.id, client_secret: canaries.of('wrong secret'), ...fields('token') });
      await form('/token', { grant_type, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: `e30.${Buffer.from(canaries.of('assertion')).toString('base64url')}.x`, ...fields('token') });
      await form('/token', { grant_type, client_id: canaries.of('a client'), ...fields('token') });
    }));
    // A scope that nobody knows, for a resource that somebody does: the one that used to be recorded as it came.
    for (const resource of [`${hub.issuer}/api`, `${hub.issuer}/connections`]) await form('/token', { grant_type: 'client_credentials', resource, scope: `${canaries.of('unknown scope')} directory:read` }, mine);
    for (const path of ['/introspect', '/revoke']) {
      await form(path, fields(path), mine);
      await form(path, { client_id: app, ...fields(path) });
      await form(path, { client_id: robot.id, client_secret: canaries.of(`wrong secret at ${path}`), ...fields(path) });
    }
    for (const body of [`{"client_name":"x","${canaries.of('member')}":`, JSON.stringify({ redirect_uris: [`javascript:${canaries.of('redirect')}`], client_name: 'x' }), JSON.stringify({ redirect_uris: [REDIRECT], jwks: { keys: [{ kty: 'RSA', d: canaries.of('private key') }] } })])
      for (const path of ['/register', '/api/agents', '/token']) await send(path, { method: 'POST', body, headers: { ...JSON_BODY, authorization: `Bearer ${admin}` } });
    for (const path of ['/api/agents', '/api/connections', '/api/users', '/api/grants', '/api/policies', '/api/resources']) await api('POST', path, { name: [canaries.of(`name at ${path}`)], uri: canaries.of(`uri at ${path}`), unknown: canaries.of(`value at ${path}`), reason: 1 });
    await send('/api/agents', { headers: { authorization: `Bearer ${admin}`, 'if-ledger-at-least': canaries.of('position') } });
    for (const change of [{ redirect_uri: `https://evil.example/${canaries.of('redirect')}` }, { client_id: canaries.of('client') }, { resource: `https://${canaries.of('resource')}.example` }, { scope: `${canaries.of('scope asked of a person')} notes:read` }, { code_challenge: canaries.of('challenge') }, { prompt: canaries.of('prompt') }, { request: canaries.of('request object') }, { request_uri: `https://${canaries.of('request uri')}.example` }, { response_type: canaries.of('response type') }])
      await send(authorizeUrl(app, pkce().challenge, change), { headers: { cookie: `mandate_session_default=${adminCookie}` } }, 'redirect_uri' in change || 'client_id' in change ? 'nothing' : 'everything');
    await send(authorizeUrl(`${address}/client.json`, pkce().challenge, { scope: 'directory:read', resource: `${hub.issuer}/api`, state: 's' }));
    for (const path of ['/sign-in', '/consent', '/sign-out', '/my/agents/revoke']) await form(path, { csrf: canaries.of('csrf'), transaction: canaries.of('transaction'), email: `${canaries.of('e-mail')}@example.com`, password: canaries.of('password'), grant_id: canaries.of('grant') });
    expect((await send('/health/ready')).status).toBe(200);
  });

  it('is whatever any route of the hub is sent, by a stranger and by somebody signed in', async () => {
    const routes = sourcesUnder('src/api').flatMap(({ text }) => {
      const [, prefix = ''] = /@Controller\('?([^')]*)'?\)/.exec(text) ?? [];
      return [...text.matchAll(/@(Get|Post|Delete|Put|Patch)\('?([^')]*)'?\)/g)].map(([, verb, path]) => ({ verb: verb!.toUpperCase(), path: `/${[prefix, path].filter((part) => part !== '').join('/')}` }));
    });
    expect(routes.length).toBeGreaterThan(30);
    const names = ['code', 'state', 'error_description', 'token', 'password', 'csrf', 'transaction', 'email', 'name', 'key', 'credential', 'login_hint', 'scope', 'binding_message', 'authorization_details', 'auth_req_id', 'iss', 'id_token', 'logout_token', 'q'];
    await Promise.all(routes.flatMap(({ verb, path }) =>
      ([{}, { cookie: `mandate_session_default=${adminCookie}` }] as readonly Fields[]).map(async (headers) => {
        const at = path.replaceAll(/:\w+/g, () => canaries.of(`parameter of ${path}`));
        const fields = new URLSearchParams(names.map((name) => [name, canaries.of(`${name} at ${verb} ${path}`)]));
        // What is asked of a page it may show again: an address that was typed, a request to go on with.
        const belongs = verb === 'GET' || path === '/sign-in' || path === '/bc-authorize' ? 'everything' : 'nothing';
        await send(verb === 'GET' ? `${at}?${fields.toString()}` : at, { method: verb, headers, ...(verb === 'GET' ? {} : { body: fields }) }, belongs);
      })));
    await Promise.all(endpoints.filter(({ body }) => !takesNothing(body)).map((one) => [one.verb.toUpperCase(), `/${one.path.replaceAll(/:(\w+)/g, (_, name: string) => `${name.slice(0, 3)}_nobody`)}`] as const).map(([verb, path]) =>
      api(verb, path, { client_secret: canaries.of(`client secret at ${path}`), password: 1, given: { key: canaries.of(`key at ${path}`) }, document: canaries.of(`document at ${path}`), reason: [canaries.of(`reason at ${path}`)] })));
  });

  it('is the secret of an identity provider, and what one answers', async () => {
    const made = await api('POST', '/api/identity-providers', { name: 'acme', title: 'Acme', issuer: address, client_id: 'hub', client_secret: canaries.of('client secret of an identity provider') });
    expect([made.status, made.body['has_secret']]).toEqual([200, true]);
    await api('POST', `/api/identity-providers/${made.body['provider_id'] as string}/secret`, { client_secret: canaries.of('next secret of an identity provider') });
    for (const query of ['code', 'state', 'error', 'error_description', 'iss']) await send(`/sign-in/with/acme/callback?${query}=${canaries.of(`${query} of an identity provider`)}&state=${canaries.of('state of an identity provider')}`);
  });

  it('is in headers and lines that no browser sends', async () => {
    const headers = ['User-Agent', 'Referer', 'X-Request-Id', 'Request-Id', 'Traceparent', 'X-Forwarded-For', 'X-Real-IP', 'Cookie', 'Origin', 'Accept-Language', 'DPoP', 'X-Api-Key'].map((name) => `${name}: ${canaries.of(name)}`);
    const host = `Host: ${new URL(hub.issuer).host}`;
    const requests = [
      rawRequest('GET /jwks', [host, ...headers]), rawRequest('GET /my/agents', [host, ...headers]), rawRequest('POST /token', [host, ...headers, 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 3'], 'a=b'),
      rawRequest(`GET /%zz${canaries.of('undecodable')}`, [host]), rawRequest(`${canaries.of('method').toUpperCase()} /`, [host]), rawRequest('GET /jwks', [`Host: ${canaries.of('host')}.example`]),
      rawRequest('GET /', [host, `: ${canaries.of('nameless header')}`]), rawRequest('POST /token', [host, `Content-Type: ${canaries.of('content type')}`, 'Content-Length: 3'], 'a=b'),
      rawRequest('GET /jwks', [host, `X-Long: ${canaries.of('long header')}${'x'.repeat(20_000)}`]), `${canaries.of('no HTTP')}\r\n\r\n`,
    ];
    for (const bytes of requests) {
      const { head, body } = await sendRaw(hub.issuer, bytes);
      found.push(...canaries.in(head + body).map((what) => `the answer to raw bytes: ${what}`));
    }
  });

  it('is for a service that is not ours: its keys, and what goes to it and comes back', async () => {
    const key = canaries.of('key of a service');
    const defined = await api('POST', '/api/connections', { name: 'svc', api_key: { placement: 'header', name: 'x-key' }, origins: [address], held_by: 'tenant', routes: [{ methods: ['GET', 'POST'], path: '/**' }] });
    expect(defined.status).toBe(201);
    const id = defined.body['connection_id'] as string;
    const stored = await api('POST', `/api/connections/${id}/credentials`, { given: { key } });
    expect(stored.status).toBe(201);
    expect((await api('POST', `/api/credentials/${stored.body['credential_id'] as string}/break-glass`, { reason: 'test' }, 'everything')).text).toContain(key);
    await api('POST', '/api/connections', { name: 'oauth', oauth: { client_id: 'hub', authorization_endpoint: `${address}/a`, token_endpoint: `${address}/t`, issuer: address }, origins: [address], client_secret: canaries.of('client secret of a connection') });
    const { items } = (await api('GET', '/events?limit=200')).body as { items: readonly { data: { uri?: string; resourceId: string } }[] };
    const { resourceId } = items.find(({ data }) => data.uri === `${hub.issuer}/connections`)!.data;
    await api('POST', '/api/grants', { agent_id: robot.id, resource_id: resourceId, scopes: ['connections:use'] });
    await api('POST', '/api/grants', { agent_id: robot.id, connection_id: id, scopes: ['use'] });
    const { body } = await hub.post('/token', { grant_type: 'client_credentials', resource: `${hub.issuer}/connections` }, basic(robot.id, robot.secret));
    const token = body['access_token'] as string;
    given['the token of a robot'] = token.split('.')[2]!;
    const path = `/connections/svc/forward/${new URL(address).host}/things/${canaries.of('path at a service')}?q=${canaries.of('query at a service')}`;
    const answer = await send(path, { method: 'POST', body: JSON.stringify({ a: canaries.of('body for a service') }), headers: { ...JSON_BODY, authorization: `Bearer ${token}`, 'x-mine': canaries.of('header for a service'), cookie: canaries.of('cookie') } }, 'everything');
    expect([answer.status, canaries.in(answer.text)]).toEqual([200, ['what a service answers']]);
    expect(heard.at(-1)).toContain(key);
    // What belongs to the hub alone goes no further.
    expect(heard.at(-1)).not.toContain(token);
    await send(path.replace('/svc/', `/${canaries.of('unknown connection')}/`), { headers: { authorization: `Bearer ${token}` } });
    await form('/token', { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token: token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', scope: canaries.of('scope of a loan'), resource: `${hub.issuer}/connections/svc` }, basic(robot.id, robot.secret));
  });

  it('is what a person is asked to confirm: the message, the details of the action, and scopes that nobody knows', async () => {
    const scopes = ['pay:read', 'pay:refund'].map((name) => ({ name, description: 'Payments' }));
    const { body: { resource_id } } = await api('POST', '/api/resources', { uri: 'https://payments.example/api', kind: 'api', name: 'Payments', scopes });
    const { body: { version } } = await api('POST', '/api/policies', { document: { rules: [{ id: 'all', effect: 'allow' }, { id: 'refunds', effect: 'require_approval', targets: { scopes: ['pay:refund'] } }] } });
    expect((await api('POST', `/api/policies/${String(version)}/activate`)).status).toBe(200);
    await api('POST', '/api/grants', { agent_id: robot.id, resource_id, scopes: ['pay:read', 'pay:refund'] });
    const asked = {
      resource: 'https://payments.example/api', scope: `pay:refund ${canaries.of('unknown scope beside one to confirm')}`, binding_message: canaries.of('binding message'),
      authorization_details: JSON.stringify([{ type: 'refund', customer: canaries.of('customer') }]),
    };
    expect((await form('/token', { grant_type: 'client_credentials', ...asked }, basic(robot.id, robot.secret))).body).toMatchObject({ error: 'authorization_pending' });
    await form('/bc-authorize', { ...asked, login_hint: 'root@example.com' }, basic(robot.id, robot.secret));
    await form('/bc-authorize', { ...asked, login_hint: `${canaries.of('somebody without an account')}@example.com` }, basic(robot.id, robot.secret));
    await form('/token', { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: canaries.of('auth_req_id') }, basic(robot.id, robot.secret));
  });

  it('stands in nothing that is only read: lists, history, events, metrics, the API\'s description', async () => {
    // Read models are last to be there; each answer waits for them a little.
    let list = await api('GET', '/api/users?limit=200');
    while (list.status === 503) list = await api('GET', '/api/users?limit=200');
    expect(list.body['items']).toHaveLength(2);
    for (const query of ['cursor', 'limit', 'status', 'q', 'owner', 'asOf']) await api('GET', `/api/agents?${query}=${canaries.of(`query ${query}`)}`);
    for (const path of ['/api/agents?limit=200', '/api/grants?limit=200', '/api/resources?limit=200', '/api/connections?limit=200', '/api/keys', '/api/tenant', '/api/policies', `/api/agents/${robot.id}/history`, `/api/agents/${app}/history`, '/events?limit=200', '/metrics', '/health/ready', '/openapi.json', '/.well-known/openid-configuration'])
      await api('GET', path);
    expect(found).toEqual([]);
  });

  it('SL-04: nor is there a door to the inside of the process', async () => {
    for (const path of ['/debug', '/debug/pprof/heap', '/heapdump', '/json/list', '/.env', '/actuator/env', '/api/debug', '/docs', '/graphql', '/keys/operator.json', '/data/ledger.db', '/metrics/heap'])
      expect([path, (await send(path)).status]).toEqual([path, 404]);
  });

  it('SL-01, SL-02, SL-06: is in no line of the log, in no event and in no byte of any store', async () => {
    const code = await node.stop();
    expect([code, canaries.in(node.printed())]).toEqual([0, []]);
    for (const [name, secret] of Object.entries(given)) expect([name, node.printed().includes(secret)]).toEqual([name, false]);
    const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => 0 });
    const { events, atEnd } = await ledger.readAll('', 10_000);
    await ledger.close();
    const recorded = events.flatMap((event) => canaries.in(JSON.stringify(event)).map((what) => `${event.type}: ${what}`));
    expect([atEnd, recorded]).toEqual([true, []]);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['TokenRefused', 'ClientAuthenticationFailed', 'AuthorizationRefused', 'CredentialLent', 'BreakGlassUsed', 'ApprovalRequested', 'UserRegistered', 'ApiCallRefused']));
    // The operator's own secret stands in its file, which is for that.
    const inFiles = canaries.inFiles(directory, given, (path) => !path.startsWith('keys/'));
    expect(inFiles).toEqual([]);
    expect(canaries.count).toBeGreaterThan(300);
  });

  it('would be found if it were there', () => {
    const one = canaries.of('a probe');
    for (const text of [one, `x${one.toLowerCase()}y`, ...['', 'a', 'ab'].map((before) => Buffer.from(`${before}${one}`).toString('base64url'))]) expect([text, canaries.in(text).length > 0]).toEqual([text, true]);
  });
});
