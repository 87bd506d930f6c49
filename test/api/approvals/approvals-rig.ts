import { ApprovalHandles } from '../../../src/commands/approvals/approval-handles.js';
import { Write } from '../../../src/commands/write.js';
import { approval } from '../../../src/domain/approval/approval.decider.js';
import { streams } from '../../../src/domain/kernel/ids.js';
import { decideBy } from '../policies/policy-paths.js';
import { RegisterAgent } from '../../../src/commands/agents/register-agent.js';
import { GiveGrant } from '../../../src/commands/grants/give-grant.js';
import type { Owner } from '../../../src/domain/agent/agent.events.js';
import { EXCHANGE } from '../../support/exchange.js';
import { type Lies, passkeyPrompt } from '../../support/authenticator.js';
import type { Page } from '../../support/browser.js';
import { PersonInBrowser } from '../../support/person-in-browser.js';
import { NOTES, SERVICE_CLIENT, type TestHub, basic } from '../../support/hub.js';
import type { JsonAnswer } from '../../support/hub-over-http.js';

export const CIBA = 'urn:openid:params:grant-type:ciba';
export const PAYMENTS = {
  ...NOTES, uri: 'https://payments.example/api', kind: 'api' as const, name: 'Payments',
  scopes: [{ name: 'pay:read', description: 'See payments' }, { name: 'pay:refund', description: 'Give money back' }], defaultScopes: ['pay:read'],
};
export const REFUND = JSON.stringify([{ type: 'refund', amount: '250.00', customer: 'customer-seventeen' }]);
/** Refunds are confirmed by a person; everything else is as it was granted. */
export const REFUNDS_ARE_ASKED = [{ id: 'all', effect: 'allow' }, { id: 'refunds', effect: 'require_approval', targets: { scopes: ['pay:refund'] } }];

export interface Client {
  readonly agentId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a person does about a request, with a factor just given. */
export class Approvals {
  constructor(readonly hub: TestHub) {}

  get handles(): ApprovalHandles {
    return this.hub.inside.app.get(ApprovalHandles, { strict: false });
  }

  idOf({ body }: JsonAnswer): string {
    const id = this.handles.read(this.hub.context.tenant, String(body['auth_req_id']))?.approvalId;
    if (id === undefined) throw new Error(`nothing was asked: ${JSON.stringify(body)}`);
    return id;
  }

  /** Opens the request as a person does, types the number that the agent shows, and touches the passkey. */
  async answer(asked: JsonAnswer, person: PersonInBrowser, change: { readonly number?: string; readonly lies?: Lies } = {}): Promise<Page> {
    const page = await person.browser.open(`/my/approvals/${this.idOf(asked)}`);
    if (page.status !== 200) return page;
    const answer = person.passkey.get(passkeyPrompt(page).options, change.lies);
    return person.browser.submit(page, '/my/approvals/confirm', { factor: 'passkey', answer, number: change.number ?? String(asked.body['binding_code']) });
  }

  /** Gives what the page says. */
  async confirm(asked: JsonAnswer, person: PersonInBrowser, change: { readonly number?: string; readonly lies?: Lies } = {}): Promise<string> {
    return said(await this.answer(asked, person, change));
  }

  async deny(asked: JsonAnswer, person: PersonInBrowser): Promise<string> {
    return said(await person.browser.submit(await person.browser.open(`/my/approvals/${this.idOf(asked)}`), '/my/approvals/deny', {}));
  }

  poll(asked: JsonAnswer, client: Client): Promise<JsonAnswer> {
    return this.hub.post('/token', { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']) }, basic(client.clientId, client.clientSecret));
  }

  refund(client: Client, more: Record<string, string> = {}): Promise<JsonAnswer> {
    return this.hub.clientCredentials(client, { resource: PAYMENTS.uri, scope: 'pay:refund', ...more });
  }

  /** An agent of this owner that may refund: for itself, or for this person. */
  async client(owner: Owner, resourceId: string, forUser?: string): Promise<Client> {
    const metadata = { ...SERVICE_CLIENT, grantTypes: ['client_credentials', EXCHANGE, CIBA] };
    const client = (await this.hub.do(new RegisterAgent({ name: 'Refunds', metadata }, owner, this.hub.context))) as Client;
    const principal = forUser === undefined ? { kind: 'agent' as const, id: client.agentId } : { kind: 'user' as const, id: forUser };
    await this.hub.do(new GiveGrant({ agentId: client.agentId, principal, resourceId, scopes: ['pay:read', 'pay:refund'] }, this.hub.context));
    return client;
  }

  decideBy(rules: readonly unknown[]): Promise<void> {
    return decideBy(this.hub, rules);
  }
}

export const claimsOf = ({ body }: JsonAnswer): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(String(body['access_token']).split('.')[1]!, 'base64url').toString('utf8')) as Record<string, unknown>;

/** What the page records when this person has confirmed it, for whom has no passkey here. */
export const sayYes = async (hub: TestHub, approvalId: string, userId: string): Promise<void> => {
  const now = hub.inside.clock.seconds();
  const command = { type: 'ConfirmApproval', userId, number: 'right', authTime: now, methods: ['hwk'], now } as const;
  await hub.inside.app.get(Write, { strict: false }).to(approval, streams.approval(approvalId), command, hub.context);
};

/** Signed in, with a passkey. */
export const withPasskey = async (hub: TestHub): Promise<PersonInBrowser> => {
  const person = await PersonInBrowser.of(hub);
  await person.signIn();
  await person.addPasskey();
  return person;
};

/** The headline of what went wrong, or that it is done. */
export const said = ({ status, html }: Page): string => {
  if (html.includes('role="status"')) return 'done';
  const alert = /<p class="note bad" role="alert">([^<]+)</.exec(html)?.[1] ?? /<h1[^>]*>([^<]+)</.exec(html)?.[1] ?? '';
  return `${status} ${alert}`;
};
