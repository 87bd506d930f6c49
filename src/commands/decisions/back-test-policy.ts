import { Injectable } from '@nestjs/common';
import type { Principal } from '../../domain/grant/principal.js';
import type { Position } from '../../domain/kernel/event.js';
import { type Difference, differencesBetween } from '../../domain/policy/compare-decisions.js';
import { compiledPolicy } from '../../domain/policy/compiled-policy.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import type { PolicyVersion } from '../../domain/policy/policy.decider.js';
import { Conditions } from '../../domain/ports/conditions.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Ledger } from '../../domain/ports/ledger.js';
import { type DecisionRange, type WalkedPage, eachDecision } from './decision-pages.js';
import { pastRequest } from './past-requests.js';
import { PastStates } from './past-states.js';
import { PastUsage } from './past-usage.js';

/** One recorded decision that the draft would make otherwise. */
export interface Example {
  readonly position: Position;
  readonly recordedAt: string;
  readonly principal: Principal;
  readonly targetId: string;
  readonly grantType: string;
  readonly differences: readonly Difference[];
}
export interface AgentImpact {
  readonly agentId: string;
  /** Decisions in which some scope was allowed and is not under the draft, or the other way round, or waits for somebody. */
  readonly newlyDenied: number;
  readonly newlyAllowed: number;
  readonly newlyObliged: number;
  readonly examples: readonly Example[];
}
export interface BackTestPage extends WalkedPage {
  readonly unchanged: number;
  readonly agents: readonly AgentImpact[];
}

const MOST_EXAMPLES = 3;
type Counts = { -readonly [K in keyof AgentImpact]: K extends 'examples' ? Example[] : AgentImpact[K] };

/**
 * What a draft would have decided, on every recorded decision as it was asked then. What agents would have done
 * differently nobody knows: history is what it was.
 */
@Injectable()
export class BackTestPolicy {
  constructor(private readonly ledger: Ledger, private readonly usage: PastUsage, private readonly conditions: Conditions, private readonly crypto: Crypto) {}

  /** `states`: kept from page to page by whoever reads more than one. */
  async page(draft: PolicyVersion, range: DecisionRange, states = new PastStates(this.ledger)): Promise<BackTestPage> {
    const sources = { states, usage: this.usage, conditions: this.conditions, crypto: this.crypto };
    const { usesHistory } = compiledPolicy(draft.document, this.conditions);
    const agents = new Map<string, Counts>();
    let unchanged = 0;
    const walked = await eachDecision(this.ledger, range, () => states.readOn(), async (recorded) => {
      const request = await pastRequest(recorded, sources, usesHistory);
      const then = decideAccess(request);
      const now = decideAccess({ ...request, policy: { ...request.policy, active: draft } });
      const differences = differencesBetween(then, now, request.scopes);
      if (differences.length === 0) unchanged += 1;
      else {
        const { event: { position, recordedAt }, principal, targetId, grantType } = recorded;
        count(agents, recorded.agentId, { position, recordedAt, principal, targetId, grantType, differences });
      }
    });
    return { ...walked, unchanged, agents: [...agents.values()] };
  }
}

const count = (agents: Map<string, Counts>, agentId: string, example: Example): void => {
  const counts = agents.get(agentId) ?? { agentId, newlyDenied: 0, newlyAllowed: 0, newlyObliged: 0, examples: [] };
  agents.set(agentId, counts);
  const { differences } = example;
  if (differences.some(({ before, after }) => before === 'allowed' && after === 'denied')) counts.newlyDenied += 1;
  if (differences.some(({ after }) => after === 'allowed')) counts.newlyAllowed += 1;
  if (differences.some(({ after }) => after === 'approval' || after === 'mfa')) counts.newlyObliged += 1;
  if (counts.examples.length < MOST_EXAMPLES) counts.examples.push(example);
};
