import { Injectable } from '@nestjs/common';
import { historyOf, usage } from '../../domain/activity/usage.js';
import type { Principal } from '../../domain/grant/principal.js';
import { streams } from '../../domain/kernel/ids.js';
import type { AccessRequest } from '../../domain/policy/access-request.js';
import { compiledPolicy } from '../../domain/policy/compiled-policy.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import type { Decision } from '../../domain/policy/decision.js';
import { type RuleExplanation, explainRules } from '../../domain/policy/explain-rules.js';
import type { PolicyVersion } from '../../domain/policy/policy.decider.js';
import { Conditions } from '../../domain/ports/conditions.js';
import { AccessFactsReader } from '../access-facts.js';
import { LiveState } from '../live-state.js';

export interface DryRun {
  readonly tenant: string;
  readonly agentId: string;
  readonly principal: Principal;
  /** Id of the resource or connection. */
  readonly targetId: string;
  /** As if consent were being asked for: what was granted does not limit it. */
  readonly asking: boolean;
  readonly given: Pick<AccessRequest, 'grantType' | 'scopes' | 'tool' | 'attestedBy' | 'met'> & { readonly at?: number | undefined };
  /** Undefined: the policy that is active. */
  readonly policy: PolicyVersion | undefined;
}

/** What would be decided if this were asked now, and what each rule says to it. Nothing is issued and nothing recorded. */
@Injectable()
export class DryRunPolicy {
  constructor(private readonly facts: AccessFactsReader, private readonly live: LiveState, private readonly conditions: Conditions) {}

  async run({ tenant, agentId, principal, targetId, asking, given: { at, ...given }, policy }: DryRun): Promise<{ readonly decision: Decision; readonly rules: readonly RuleExplanation[] }> {
    const facts = await this.facts.gather({ tenant, agentId, principal, resourceId: targetId });
    const asked = { ...given, grantEpoch: undefined, agreedAt: undefined };
    const plain = { ...this.facts.request(facts, asking ? { ...asked, asking } : asked), ...given };
    const book = policy ? { ...plain.policy, active: policy } : plain.policy;
    const now = at ?? plain.now;
    const looksBack = book.active !== undefined && compiledPolicy(book.active.document, this.conditions).usesHistory;
    const history = looksBack ? historyOf((await this.live.entry(usage, streams.activity(agentId), tenant)).state, { principal, targetId, now }) : undefined;
    const request = { ...plain, policy: book, now, history };
    return { decision: decideAccess(request), rules: explainRules(request) };
  }
}
