import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NoteRefusal } from '../../../commands/note-refusal.js';
import { SpendToken } from '../../../commands/trust/spend-token.js';
import { vouchersOf } from '../../../commands/tokens/token-order.js';
import { type BelievedToken, type NotBelieved, TrustedTokens, isBelieved } from '../../../commands/trust/trusted-tokens.js';
import type { VouchedBy } from '../../../commands/trust/vouched-by.js';
import { WorkloadAgents } from '../../../commands/trust/workload-agents.js';
import { activityEvents } from '../../../domain/activity/activity.events.js';
import type { KnownAgent } from '../../../domain/agent/agent.decider.js';
import type { RefusalCode } from '../../../domain/kernel/refusal.js';
import { type IdJag, readIdJag } from '../../../domain/trust/id-jag.js';
import type { Asked } from '../../http/asked.js';
import { type TenantContext, contextOf } from '../../http/tenancy.js';
import type { AuthenticatedClient } from './authenticated-client.js';
import { OAuthError, invalidClient } from '../oauth-error.js';

interface Proven {
  readonly agent: KnownAgent;
  readonly believed: BelievedToken;
}
interface Failed extends NotBelieved {
  readonly agentId?: string;
  readonly clientVouchedBy?: VouchedBy | undefined;
}

/** Agents without a secret: a token of the platform that they run on proves them, by the tenant's trust rules. */
@Injectable()
export class WorkloadClients {
  constructor(
    private readonly tokens: TrustedTokens,
    private readonly agents: WorkloadAgents,
    private readonly spending: SpendToken,
    private readonly bus: CommandBus,
  ) {}

  /** RFC 7523 section 2.2 with the platform's token in place of the client's own; undefined when no rule is about its issuer. Spends it. */
  async byClientAssertion(tenant: TenantContext, request: Asked, jwt: string, clientId: string | undefined): Promise<AuthenticatedClient | undefined> {
    if ((await this.tokens.rulesFor(tenant.id, jwt, 'workload')).length === 0) return undefined;
    const found = await this.prove(tenant, request, jwt, clientId);
    if (isProven(found) && found.agent.status === 'retired') return this.refuse(tenant, request, { ...failedBy(found, 'agent.retired') }, 'client');
    if (!isProven(found)) return this.refuse(tenant, request, found, 'client');
    const { agent, believed } = found;
    if (!(await this.spending.spend(believed, contextOf(tenant, request)))) return this.refuse(tenant, request, failedBy(found, 'assertion.replayed'), 'client');
    return { agent, proven: true, vouchedBy: believed.vouchedBy };
  }

  /** RFC 7523 section 2.1: the token is the grant, and proves the client on the way. The grant spends it. */
  async byGrant(tenant: TenantContext, request: Asked, jwt: string, clientId: string | undefined): Promise<AuthenticatedClient & { readonly identified: BelievedToken }> {
    const found = await this.prove(tenant, request, jwt, clientId);
    if (!isProven(found)) return this.refuse(tenant, request, found, 'grant');
    return { agent: found.agent, proven: true, identified: found.believed };
  }

  /** An identity provider's word that this very client may act for somebody. Throws OAuthError after the reason is recorded. */
  async idJag(tenant: TenantContext, request: Asked, jwt: string, { agent: { agentId, clientId }, vouchedBy: clientVouchedBy }: AuthenticatedClient): Promise<{ readonly believed: BelievedToken; readonly asserted: IdJag }> {
    const outcome = await this.tokens.believed(jwt, 'users', contextOf(tenant, request));
    const asserted = isBelieved(outcome) ? readIdJag(outcome.claims, clientId) : outcome.reason;
    if (isBelieved(outcome) && typeof asserted !== 'string') return { believed: outcome, asserted };
    return this.refuse(tenant, request, { reason: asserted as RefusalCode, agentId, clientVouchedBy, ...(outcome.rule ? { rule: outcome.rule } : {}) }, 'grant');
  }

  isIdJag(jwt: string): boolean {
    return this.tokens.isIdJag(jwt);
  }

  private async prove(tenant: TenantContext, request: Asked, jwt: string, clientId: string | undefined): Promise<Proven | Failed> {
    const context = contextOf(tenant, request);
    if (tenant.tenant.status !== 'active') return { reason: 'tenant.suspended' };
    const outcome = await this.tokens.believed(jwt, 'workload', context);
    if (!isBelieved(outcome)) return { ...outcome, ...(outcome.rule?.agentId === undefined ? {} : { agentId: outcome.rule.agentId }) };
    const { rule, claims } = outcome;
    const agentId = this.agents.idOf(rule, claims, tenant.id);
    if (agentId === undefined) return { reason: 'assertion.claims_mismatch', rule };
    // Before anything is made: who says to be somebody else is not registered for it.
    if (clientId !== undefined && clientId !== agentId && rule.template) return { reason: 'assertion.client_mismatch', rule };
    const agent = await this.agents.ensure(rule, claims, agentId, context);
    if (!agent) return { reason: 'agent.unknown', rule };
    return clientId === undefined || clientId === agent.clientId ? { agent, believed: outcome } : { reason: 'assertion.client_mismatch', rule, agentId };
  }

  /** Records the exact reason, and answers with as little as helps whoever has a right to know. */
  async refuse(tenant: TenantContext, request: Asked, { reason, rule, agentId, clientVouchedBy }: Failed, as: 'client' | 'grant'): Promise<never> {
    const endpoint = request.routeOptions.url ?? 'unknown';
    const event = activityEvents.AssertionRefused({ endpoint, reason, ...(rule ? { ruleId: rule.ruleId } : {}), ...(agentId === undefined ? {} : { agentId }), ...vouchersOf({ clientVouchedBy }) });
    await this.bus.execute(new NoteRefusal(event, contextOf(tenant, request)));
    if (reason === 'assertion.keys_unavailable') throw new OAuthError('temporarily_unavailable', 'The keys of the token\'s issuer can\'t be had right now. Nothing was issued; try again.', 503, { 'retry-after': '60' });
    throw as === 'client' ? invalidClient('The client could not be authenticated.', false) : new OAuthError('invalid_grant', toldOf(reason));
  }
}

const isProven = (found: Proven | Failed): found is Proven => 'believed' in found;
const failedBy = ({ agent, believed }: Proven, reason: RefusalCode): Failed => ({ reason, rule: believed.rule, agentId: agent.agentId });
const toldOf = (reason: RefusalCode): string =>
  (reason === 'assertion.expired' ? 'The assertion has run out.' : 'The assertion is not accepted here. An administrator can test it against the trust rules.');
