import { randomBytes } from 'node:crypto';
import { auth } from '@modelcontextprotocol/client';
import { decodeJwt } from 'jose';
import { Browser, type Page } from '../test/support/browser.js';
import { AdminApi } from './admin-api.js';
import { DesktopAgent, publishMetadata } from './desktop-agent.js';
import { printHistory } from './history.js';
import { NotesBackend, actOnBehalf } from './on-behalf.js';
import { Report } from './report.js';
import { replayDecisions, supportStory } from './support-agent.js';
import { stepUpStory } from './step-up.js';
import { setUpSupportDesk } from './support-desk.js';
import { type TouredHub, findOrStartHub } from './toured-hub.js';
import { workforceStory } from './workforce.js';
import { workloadStory } from './workload.js';

/** A suspension holds everywhere within a second; a machine that is busy with other things may be given longer. */
const MILLISECONDS_TO_SUSPEND = Number(process.env['TOUR_PATIENCE'] ?? 1000);
const report = new Report();
const person = { email: `tour-${randomBytes(4).toString('hex')}@example.com`, name: 'Toni Tour', password: randomBytes(12).toString('base64url') };
const textOf = (result: unknown): string => (result as { content: { text?: string }[] }).content.map(({ text }) => text ?? '').join(' ');

/** Opens what the client asked to open, signs in where needed, agrees, and gives what comes back to the client. */
const agree = async (browser: Browser, url: URL): Promise<URLSearchParams> => {
  let page: Page = await browser.open(url.href);
  if (page.html.includes('name="password"')) page = await browser.submit(page, '/sign-in', { email: person.email, password: person.password });
  if (page.location === undefined) {
    const asked = [...page.html.matchAll(/<code[^>]*>(notes:[a-z]+)<\/code>|>(notes:[a-z]+)</g)].map(([, a, b]) => a ?? b);
    report.note(`${person.name} sees the consent page (${[...new Set(asked)].join(', ')}) and agrees`);
    page = await browser.submit(page, '/consent', { decision: 'allow' });
  }
  return new URL(page.location ?? 'http://nowhere').searchParams;
};

const meet = async (hub: TouredHub): Promise<void> => {
  report.chapter('1. A client without a token is told where to go');
  const bare = await fetch(hub.sampleUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' });
  const challenge = bare.headers.get('www-authenticate') ?? '';
  report.check(`the MCP server answers ${bare.status} and names its metadata`, [bare.status, challenge.includes('resource_metadata=')], [401, true]);
  const metadataUrl = /resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? '';
  const resource = (await (await fetch(metadataUrl)).json()) as { authorization_servers: string[]; scopes_supported: string[] };
  report.check(`its metadata (RFC 9728) names the hub ${resource.authorization_servers[0]}`, resource.authorization_servers, [hub.issuer]);
  const server = (await (await fetch(`${hub.issuer}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;
  report.check('the hub\'s metadata (RFC 8414) has its own issuer, PKCE S256 and metadata documents', [server['issuer'], server['code_challenge_methods_supported'], server['client_id_metadata_document_supported']], [hub.issuer, ['S256'], true]);
};

const signUp = async (hub: TouredHub, agent: DesktopAgent, browser: Browser, kind: string): Promise<void> => {
  const first = await agent.connect();
  report.check(`the SDK's client ${kind} and sends the person to the hub`, 'open' in first && first.open.origin === hub.issuer);
  if (!('open' in first)) throw 'failed' in first ? first.failed : new Error('connected without a token');
  report.note(`client_id ${first.open.searchParams.get('client_id')}`);
  const callback = await agree(browser, first.open);
  report.check('the answer carries a code and the issuer (RFC 9207)', [callback.has('code'), callback.get('iss')], [true, hub.issuer]);
  await agent.finish(callback);
  const claims = decodeJwt(agent.tokens()!.access_token);
  report.check(`the client has a token for ${claims.aud} with ${claims['scope']}`, [claims.aud, claims['scope']], [hub.sampleUrl, 'notes:read']);
};

const work = async (hub: TouredHub, agent: DesktopAgent, browser: Browser): Promise<void> => {
  report.chapter('4. It works within what was granted, and asks for more');
  const { tools } = await agent.client.listTools();
  report.check(`it lists the tools: ${tools.map(({ name }) => name).join(', ')}`, tools.length, 3);
  report.note(textOf(await agent.client.callTool({ name: 'list_notes' })).replace(/\s+/g, ' '));
  const refused = await fetch(hub.sampleUrl, {
    method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'add_note', arguments: { text: 'x' } } }),
    headers: { authorization: `Bearer ${agent.tokens()!.access_token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  });
  const challenge = refused.headers.get('www-authenticate') ?? '';
  report.check(`add_note is refused: ${refused.status} insufficient_scope, "${/scope="([^"]*)"/.exec(challenge)?.[1]}" is needed`, [refused.status, challenge.includes('error="insufficient_scope"')], [403, true]);
  const before = agent.client;
  const stepUp = await agent.attempt(() => before.callTool({ name: 'add_note', arguments: { text: 'buy ink' } }));
  report.check('the SDK steps up: it asks the person for the missing scope', 'open' in stepUp);
  if (!('open' in stepUp)) throw 'failed' in stepUp ? stepUp.failed : new Error('the tool ran without its scope');
  await agent.finish(await agree(browser, stepUp.open));
  const added = textOf(await agent.client.callTool({ name: 'add_note', arguments: { text: 'buy ink' } }));
  report.check(`add_note works now: ${added.replace(/\s+/g, ' ')}`, added.startsWith('Noted'));
};

const renew = async (hub: TouredHub, agent: DesktopAgent): Promise<void> => {
  report.chapter('5. It renews its token');
  const before = agent.tokens()!;
  const outcome = await auth(agent, { serverUrl: hub.sampleUrl });
  const after = agent.tokens()!;
  report.check('a refresh gives a new access token and the one successor of the refresh token', [outcome, after.access_token !== before.access_token, after.refresh_token !== before.refresh_token], ['AUTHORIZED', true, true]);
};

const suspend = async (hub: TouredHub, agent: DesktopAgent, admin: AdminApi): Promise<string> => {
  report.chapter('7. The administrator suspends it');
  const agentId = decodeJwt(agent.tokens()!.access_token)['agent'] as string;
  await admin.call('POST', `agents/${agentId}/suspend`, { reason: 'shown in the tour' });
  const started = performance.now();
  let status = 200;
  while (status === 200 && performance.now() - started < Math.max(5000, MILLISECONDS_TO_SUSPEND)) {
    const answer = await fetch(hub.sampleUrl, {
      method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'list_notes', arguments: {} } }),
      headers: { authorization: `Bearer ${agent.tokens()!.access_token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    });
    status = answer.status;
    await answer.text();
  }
  const took = Math.round(performance.now() - started);
  report.check(`its token is refused by the MCP server ${took} ms later (${status})`, [status, took < MILLISECONDS_TO_SUSPEND], [401, true]);
  const { client_id: clientId } = agent.clientInformation()!;
  const again = await fetch(`${hub.issuer}/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: agent.tokens()!.refresh_token! }) });
  report.check(`and the hub gives it no other: ${again.status} ${((await again.json()) as { error: string }).error}`, again.status, 400);
  return agentId;
};

const begun = new Date().toISOString();
const hub = await findOrStartHub();
report.note(hub.isPrivate ? `No hub is running here: this tour starts one of its own at ${hub.issuer}` : `Touring the hub at ${hub.issuer}`);
const document = await publishMetadata('Desktop agent', 'http://127.0.0.1/callback');
try {
  const admin = await AdminApi.signIn(hub.operator);
  const { user_id: userId } = await admin.call<{ user_id: string }>('POST', 'users', { ...person, roles: [] });
  const backend = await NotesBackend.setUp(admin, hub.issuer, hub.sampleUrl, userId);
  await meet(hub);
  const browser = new Browser(hub.issuer);
  report.chapter('2. A client that registers itself (RFC 7591)');
  const registered = new DesktopAgent('Registered agent', hub.sampleUrl);
  await signUp(hub, registered, browser, 'registers');
  report.chapter('3. A client whose name is its metadata document (CIMD)');
  const agent = new DesktopAgent('Desktop agent', hub.sampleUrl, { url: document.url, issuer: hub.issuer });
  await signUp(hub, agent, browser, 'names its document');
  await work(hub, agent, browser);
  await renew(hub, agent);
  const exchanged = await actOnBehalf(report, backend, admin, agent.tokens()!.access_token);
  const agentId = await suspend(hub, agent, admin);
  report.check('what the server behind the tools made of its token is dead too', await backend.isActive(exchanged), false);
  const desk = await setUpSupportDesk(admin, hub.issuer);
  await supportStory({ report, desk, admin, begun }).finally(() => desk.close());
  await workloadStory(report, hub, admin);
  report.chapter('10. People come by the identity provider of their company');
  await workforceStory(report, admin, hub.issuer);
  await stepUpStory(report, admin, hub.issuer);
  report.chapter('12. The auditor replays what happened, from the ledger');
  await printHistory(admin, agentId, report, ['AgentRegistered', 'GrantGiven', 'CodeIssued', 'CodeRedeemed', 'TokenIssued', 'GrantWidened', 'RefreshRotated', 'AgentSuspended', 'TokenRefused']);
  report.note('The support agent:');
  await printHistory(admin, desk.agent.agentId, report, ['AgentRegistered', 'AgentTagsChanged', 'GrantGiven', 'TokenIssued', 'CredentialLendRefused', 'CredentialLent']);
  await replayDecisions(report, admin, begun);
} catch (error) {
  report.check(`the tour could not go on: ${(error as Error).message}`, false);
  if (process.env['MANDATE_LOG'] === 'debug') console.error(error);
} finally {
  await document.close();
  await hub.close();
}
report.close();
process.exit(report.exitCode);
