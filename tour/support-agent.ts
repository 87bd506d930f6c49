import { decodeJwt } from 'jose';
import { ConnectFirst, borrow, callThroughHub } from '../examples/brokering.js';
import { exchange } from '../examples/on-behalf-of.js';
import { Browser } from '../test/support/browser.js';
import { follow } from '../test/support/follow.js';
import type { AdminApi } from './admin-api.js';
import type { Report } from './report.js';
import { CODE_HOST, ORDERS, type SupportDesk, TICKETS } from './support-desk.js';
import { EXCHANGE } from './web-agent.js';

interface Story {
  readonly report: Report;
  readonly desk: SupportDesk;
  readonly admin: AdminApi;
  readonly browser: Browser;
  /** What the agent holds: Sam's token for the tickets. */
  readonly held: string;
  /** When the tour began. */
  readonly begun: string;
}

/** An agent that helps people who support others: its own APIs, a service that is not ours, and what it may not. */
export const supportStory = async ({ report, desk, admin, begun }: Pick<Story, 'report' | 'desk' | 'admin' | 'begun'>): Promise<void> => {
  const { agent, sam } = desk;
  report.chapter('8. A support agent works with two APIs and a service that is not ours');
  report.note('one rule: orders and code only by agents with the tag "support", for people of this tenant with the role "support"');
  const browser = new Browser(agent.issuer);
  const held = await agent.tokenOf(browser, sam, TICKETS.uri, 'tickets:read');
  const story = { report, desk, admin, begun, browser, held };
  await seeOrders(story);
  await connect(story);
  await useService(story);
  await beDenied(story);
  await tryStricter(story);
};

const seeOrders = async ({ report, desk: { agent, sam }, held }: Story): Promise<void> => {
  const claims = decodeJwt(await exchange(agent, held, { resource: ORDERS.uri, scope: 'orders:read' }));
  report.check('its token for the tickets becomes one for the orders, narrower, and names it as who acts', [claims.sub, claims.aud, claims['scope'], claims['act']], [sam.userId, ORDERS.uri, 'orders:read', { sub: agent.agentId }]);
};

const connect = async ({ report, desk: { agent, service, sam }, browser, held }: Story): Promise<void> => {
  const first = await borrow(agent, held, CODE_HOST, 'read').catch((error: unknown) => error);
  report.check('nobody has connected the code host yet: the hub says where the person can', first instanceof ConnectFirst);
  if (!(first instanceof ConnectFirst)) throw first;
  const asked = await browser.open(first.url);
  const away = await browser.submit(asked, '/connect', { decision: 'allow' });
  report.note(`${sam.name} opens it, agrees, and is sent to ${new URL(away.location ?? first.url).origin} to sign in there`);
  const back = await browser.open(await follow(away.location!));
  report.check('and comes back: the service is connected, its tokens are in the vault', [back.status, back.html.includes('is connected'), service.count('authorization_code')], [200, true, 1]);
};

const useService = async ({ report, desk: { agent, service, sam }, browser, held }: Story): Promise<void> => {
  const { token, scope, expiresIn } = await borrow(agent, held, CODE_HOST, 'read');
  const direct = await fetch(`${service.issuer}/api/repos`, { headers: { authorization: `Bearer ${token}` } });
  report.check(`vended: the agent gets the service's own token (${scope}, ${expiresIn} s, no refresh token) and calls it`, ((await direct.json()) as { account?: string }).account, service.account);
  const door = await agent.tokenOf(browser, sam, `${agent.issuer}/connections`, 'connections:use');
  const through = await callThroughHub(agent, door, CODE_HOST, `${service.issuer}/api/repos?page=1`);
  const text = await through.text();
  report.check('injected: the hub makes the call, and the agent sees the answer and never the credential', [(JSON.parse(text) as { account?: string }).account, text.includes(token)], [service.account, false]);
};

const beDenied = async ({ report, desk: { billing, sam }, admin, browser }: Story): Promise<void> => {
  const own = await billing.tokenOf(browser, sam, TICKETS.uri, 'tickets:read');
  const { status, body } = await billing.ask({ grant_type: EXCHANGE, subject_token: own, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', requested_token_type: `urn:mandate:connection:${CODE_HOST}` });
  report.check(`the billing bot was granted the same and lacks the tag; it reads: ${status} ${String(body['error'])}, "${String(body['error_description'])}"`, [status, body['error'], 'access_token' in body], [400, 'access_denied', false]);
  const { items } = await admin.call<{ items: { type: string; data: { reason?: string; ruleIds?: readonly string[]; policyVersion?: number } }[] }>('GET', `agents/${billing.agentId}/history?limit=200`);
  const told = items.findLast(({ type }) => type === 'CredentialLendRefused')?.data;
  report.check(`and the auditor reads: ${told?.reason} by ${told?.ruleIds?.join(', ')} of version ${told?.policyVersion}`, [told?.reason, told?.ruleIds?.[0]?.startsWith('support-only')], ['policy.denied', true]);
};

interface Page {
  readonly decisions: number;
  readonly next: string | null;
}
interface Impact {
  readonly agent_id: string;
  readonly newly_denied: number;
  readonly newly_allowed: number;
  readonly newly_obliged: number;
}

/** A draft that nobody has published decides again what was decided in this chapter. */
const tryStricter = async ({ report, desk: { agent, rules }, admin, begun }: Story): Promise<void> => {
  const asked = { id: 'handing-out-is-asked', effect: 'require_approval', targets: { connections: [CODE_HOST], grant_types: [EXCHANGE] } };
  const impacts: Impact[] = [];
  let decisions = 0;
  for (let cursor: string | undefined; ;) {
    const page = await admin.call<Page & { readonly agents: Impact[] }>('POST', 'policies/back-test', { document: { rules: [...rules, asked] }, from: begun, ...(cursor === undefined ? {} : { cursor }) });
    decisions += page.decisions;
    impacts.push(...page.agents.filter(({ agent_id: id }) => id === agent.agentId));
    if (page.next === null) break;
    cursor = page.next;
  }
  const total = (of: (impact: Impact) => number): number => impacts.reduce((sum, impact) => sum + of(impact), 0);
  const [waits, denied] = [total((impact) => impact.newly_obliged), total((impact) => impact.newly_denied)];
  report.check(`a stricter draft, tried on ${decisions} recorded decisions: handing the credential out would have waited for approval (${waits} of this agent's), the call through the hub would not (${denied} denied)`, [waits, denied], [1, 0]);
};

/** Decides again, from the ledger alone, what was decided since `from`. */
export const replayDecisions = async (report: Report, admin: AdminApi, from: string): Promise<void> => {
  let [decisions, mismatches] = [0, 0];
  for (let cursor: string | undefined; ;) {
    const query = new URLSearchParams({ from, ...(cursor === undefined ? {} : { cursor }) });
    const page = await admin.call<Page & { readonly mismatches: readonly unknown[] }>('GET', `decisions/replay?${query.toString()}`);
    decisions += page.decisions;
    mismatches += page.mismatches.length;
    if (page.next === null) break;
    cursor = page.next;
  }
  report.check(`${decisions} decisions of this tour, tokens and loans, are made again from the ledger alone: ${mismatches} come out otherwise`, [decisions > 10, mismatches], [true, 0]);
};
