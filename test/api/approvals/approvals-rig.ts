import { ConfirmApproval, DenyApproval } from '../../../src/commands/approvals/answer-approval.js';
import { ApprovalHandles } from '../../../src/commands/approvals/approval-handles.js';
import { decideBy } from '../policies/policy-paths.js';
import { RegisterAgent } from '../../../src/commands/agents/register-agent.js';
import { GiveGrant } from '../../../src/commands/grants/give-grant.js';
import type { Owner } from '../../../src/domain/agent/agent.events.js';
import { EXCHANGE } from '../../support/exchange.js';
import { NOTES, SERVICE_CLIENT, type TestHub, basic } from '../../support/hub.js';
import type { JsonAnswer } from '../../support/hub-over-http.js';

export const CIBA = 'urn:openid:params:grant-type:ciba';
export const PAYMENTS = {
  ...NOTES, uri: 'https://payments.example/api', kind: 'api' as const, name: 'Payments',
  scopes: [{ name: 'pay:read', description: 'See payments' }, { name: 'pay:refund', description: 'Give money back' }], defaultScopes: ['pay:read'],
};
export const REFUND = JSON.stringify([{ type: 'refund', amount: '250.00', customer: 'c-17' }]);
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
    const id = this.handles.read(this.hub.context.tenant, String(body['auth_req_id']));
    if (id === undefined) throw new Error(`nothing was asked: ${JSON.stringify(body)}`);
    return id;
  }

  confirm(asked: JsonAnswer, userId: string, change: { readonly number?: string; readonly methods?: readonly string[]; readonly authTime?: number } = {}) {
    const factor = { authTime: change.authTime ?? this.hub.inside.clock.seconds(), methods: change.methods ?? ['hwk'] };
    const answer = { userId, number: change.number ?? String(asked.body['binding_code']), factor };
    return this.hub.do(new ConfirmApproval(this.idOf(asked), answer, { ...this.hub.context, actor: { kind: 'user', id: userId } }));
  }

  deny(asked: JsonAnswer, userId: string) {
    return this.hub.do(new DenyApproval(this.idOf(asked), { userId, by: 'person' }, { ...this.hub.context, actor: { kind: 'user', id: userId } }));
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
