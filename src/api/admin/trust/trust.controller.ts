import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AddTrustRule } from '../../../commands/trust/add-trust-rule.js';
import { RemoveTrustRule } from '../../../commands/trust/remove-trust-rule.js';
import { TrustedTokens, isBelieved } from '../../../commands/trust/trusted-tokens.js';
import { WorkloadAgents } from '../../../commands/trust/workload-agents.js';
import { explainReason } from '../../../domain/trust/explain-reason.js';
import { isOwnWord, trustPresets } from '../../../domain/trust/presets.js';
import type { AdminCaller } from '../admin-caller.js';
import type { CallOf } from '../endpoint.js';
import { Escalation } from '../escalation.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { draftOf } from './draft-of.js';
import { type TrustRuleView, presetView, trustRuleView } from './trust-view.js';
import { trustEndpoints as endpoints } from './trust.endpoints.js';
import type { TrustRuleDraft } from './trust.schemas.js';

/** Whose tokens prove who an agent is. */
@Controller()
export class TrustController {
  constructor(
    private readonly bus: CommandBus,
    private readonly present: Present,
    private readonly escalation: Escalation,
    private readonly tokens: TrustedTokens,
    private readonly agents: WorkloadAgents,
  ) {}

  @On(endpoints.presets)
  async presets() {
    return { items: trustPresets.map(presetView), next: null };
  }

  @On(endpoints.list)
  async list({ tenant }: CallOf<typeof endpoints.list>) {
    return { items: (await this.present.trustRules(tenant.id)).map(trustRuleView), next: null };
  }

  @On(endpoints.read)
  async read({ tenant, parameters }: CallOf<typeof endpoints.read>): Promise<TrustRuleView> {
    return trustRuleView(await this.present.trustRule(tenant.id, parameters.rule_id));
  }

  @On(endpoints.add)
  async add(call: CallOf<typeof endpoints.add>): Promise<TrustRuleView> {
    await this.checkPower(call, call.body);
    const { ruleId, position } = await this.bus.execute(new AddTrustRule(draftOf(call.body), call.tenant.issuer, call.context));
    call.wrote(position);
    return trustRuleView(await this.present.trustRule(call.tenant.id, ruleId));
  }

  @On(endpoints.remove)
  async remove(call: CallOf<typeof endpoints.remove>): Promise<TrustRuleView> {
    const rule = await this.present.trustRule(call.tenant.id, call.parameters.rule_id);
    call.wrote(await this.bus.execute(new RemoveTrustRule(rule.ruleId, call.body.reason, call.context)));
    return trustRuleView(rule);
  }

  @On(endpoints.test)
  async test({ tenant, body, context }: CallOf<typeof endpoints.test>) {
    const outcome = await this.tokens.believed(body.token, body.purpose, context);
    const named = outcome.rule ? { rule_id: outcome.rule.ruleId } : {};
    if (!isBelieved(outcome)) return { believed: false, reason: outcome.reason, says: explainReason(outcome.reason), ...named };
    if (body.purpose === 'users') return { believed: true, says: 'It would be believed, if the client that it names sends it and it was not used yet.', ...named };
    const agentId = this.agents.idOf(outcome.rule, outcome.claims, tenant.id);
    if (agentId === undefined) return { believed: false, reason: 'assertion.claims_mismatch', says: 'It lacks a claim by which the agents of the template are told apart.', ...named };
    return { believed: true, says: 'It would be believed, if it was not used yet.', agent_id: agentId, ...named };
  }

  /** Whoever says which tokens prove an agent can be that agent, and can have made what the template grants (AD-05). */
  private async checkPower(call: AdminCaller, draft: TrustRuleDraft): Promise<void> {
    const { agent_id: agentId, template, purpose } = draft;
    if (purpose === 'users') {
      // Whoever says whose word counts for people can be any of them, administrators too.
      call.needs('sign-in:write');
      this.escalation.checkRoles(call, ['admin']);
    }
    if (agentId !== undefined) await this.escalation.checkTakeOver(call, (await this.present.agent(call.tenant.id, agentId)).agentId);
    // Policies decide by tags, and by which platform vouched: where the preset does not know whose the keys are, whoever adds the rule says so.
    if (isOwnWord(draft)) call.needs('policy:write');
    if (template?.tags && template.tags.length > 0) call.needs('policy:write');
    for (const { resource_id, scopes } of template?.grants ?? []) this.escalation.checkScopes(call, resource_id, scopes);
    if (template?.owner.kind === 'user') await this.present.user(call.tenant.id, template.owner.id);
  }
}
