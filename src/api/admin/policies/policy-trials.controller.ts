import { Controller } from '@nestjs/common';
import { type AgentImpact, BackTestPolicy } from '../../../commands/decisions/back-test-policy.js';
import { connectionIdOf, isConnectionId, resourceIdOf } from '../../../commands/derived-ids.js';
import { DryRunPolicy } from '../../../commands/policies/dry-run-policy.js';
import { Crypto } from '../../../domain/ports/crypto.js';
import { notValid } from '../admin-problems.js';
import { DecisionRanges } from '../decisions/decision-ranges.js';
import type { CallOf } from '../endpoint.js';
import { On } from '../on.js';
import { PolicyVersions } from './policy-versions.js';
import { policyTrialEndpoints as endpoints } from './policy-trials.endpoints.js';

const BACK_TEST = 'back-test';

/** Policies tried before they decide: on one request, and on everything that was ever asked. */
@Controller()
export class PolicyTrialsController {
  constructor(
    private readonly versions: PolicyVersions,
    private readonly dryRuns: DryRunPolicy,
    private readonly backTests: BackTestPolicy,
    private readonly ranges: DecisionRanges,
    private readonly crypto: Crypto,
  ) {}

  @On(endpoints.dryRun)
  async dryRun({ tenant, body }: CallOf<typeof endpoints.dryRun>) {
    const { agent_id: agentId, principal = { kind: 'agent', id: agentId }, scopes, asking, at, tool, met } = body;
    const grantType = body.grant_type ?? (principal.kind === 'user' ? 'authorization_code' : 'client_credentials');
    const { decision, rules } = await this.dryRuns.run({
      tenant: tenant.id, agentId, principal, targetId: this.target(tenant.id, body), asking, policy: await this.versions.named(tenant.id, body),
      given: { grantType, scopes, tool, attestedBy: body.attested_by, met, at },
    });
    return {
      allowed: decision.allowed, reason: decision.allowed ? null : decision.reason, scopes: decision.allowed ? [...decision.scopes] : [], denied: [...decision.denied],
      policy_version: decision.policyVersion ?? null, rule_ids: [...decision.ruleIds],
      obligations: decision.obligations.map(({ kind, scopes: of, ruleIds }) => ({ kind, scopes: [...of], rule_ids: [...ruleIds] })),
      unanswered: decision.unanswered.map(({ ruleId, problem }) => ({ rule_id: ruleId, problem })),
      rules: rules.map(({ ruleId, effect, appliesTo, because }) => ({ rule_id: ruleId, effect, applies_to: [...appliesTo], because: [...because] })),
    };
  }

  private target(tenant: string, { resource, connection }: { readonly resource?: string | undefined; readonly connection?: string | undefined }): string {
    if ((resource === undefined) === (connection === undefined)) throw notValid('The body is not valid. Name a resource or a connection, one of them.');
    if (resource !== undefined) return resourceIdOf(this.crypto, tenant, resource);
    return isConnectionId(connection!) ? connection! : connectionIdOf(this.crypto, tenant, connection!);
  }

  @On(endpoints.backTest)
  async backTest(call: CallOf<typeof endpoints.backTest>) {
    const draft = await this.versions.named(call.tenant.id, call.body);
    if (!draft) throw notValid('The body is not valid. Name a version or give a document.');
    const range = this.ranges.read(BACK_TEST, call, call.body);
    const { decisions, unchanged, unknown, agents, reached, ...place } = await this.backTests.page(draft, range);
    return { decisions, unchanged, unknown, agents: agents.map(impact), reached: reached ?? null, next: this.ranges.next(BACK_TEST, range, place) };
  }
}

const impact = ({ agentId, newlyDenied, newlyAllowed, newlyObliged, examples }: AgentImpact) => ({
  agent_id: agentId, newly_denied: newlyDenied, newly_allowed: newlyAllowed, newly_obliged: newlyObliged,
  examples: examples.map(({ position, recordedAt, principal, targetId, grantType, differences }) => ({
    position, recorded_at: recordedAt, principal, target_id: targetId, grant_type: grantType, differences: differences.map((one) => ({ ...one })),
  })),
});
