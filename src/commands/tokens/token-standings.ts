import { Injectable } from '@nestjs/common';
import type { Agent } from '../../domain/agent/agent.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import { Clock } from '../../domain/ports/clock.js';
import type { Resource } from '../../domain/resource/resource.decider.js';
import { token } from '../../domain/token/token.decider.js';
import type { Issuance } from '../../domain/token/token.events.js';
import { AccessFactsReader } from '../access-facts.js';
import { rulesProblem } from '../../domain/trust/judge-token.js';
import { ruleNamed } from '../../domain/trust/trust.decider.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { CIBA, TOKEN_EXCHANGE } from './token-refused.js';

/** Whether a token still holds, asked of live entries: the answer is the ledger's at the live state's own place. */
export interface Standing {
  readonly relied: readonly LiveEntry[];
  /** What the token is for; one of those it relies on. */
  readonly resource: LiveEntry<Resource>;
  /** The platform whose token proved the agent when it was issued, while the rule about that one holds. */
  readonly attestedBy: string | undefined;
  /** How many tokens it was made from, one from the other. */
  readonly ancestors: number;
  /** Why the token holds no more, or the one that it was made from; undefined while both do. */
  problem(): RefusalCode | undefined;
  /** Those of its scopes that hold now: never one that the token which it was made from has lost at the same resource. */
  scopes(): readonly string[];
}

/** How an agent can have come to a first token on such authority: a token does not say, and where there are two ways it is registered for either will do. */
const firstGrantOf = (agent: Agent, kind: 'user' | 'agent'): string => {
  const registered = agent.status === 'unknown' ? [] : agent.metadata.grantTypes;
  return FIRST_GRANTS[kind].find((grant) => registered.includes(grant)) ?? FIRST_GRANTS[kind][0];
};
const FIRST_GRANTS = { user: ['authorization_code', CIBA], agent: ['client_credentials'] } as const;

/** A token rests on its own stream, its family, the decision that allowed it, and the token that it was made from. */
@Injectable()
export class TokenStandings {
  constructor(private readonly live: LiveState, private readonly facts: AccessFactsReader, private readonly clock: Clock) {}

  async of(tenant: string, { jti, agentId, principal, resourceId, grantEpoch, authorizationId, authTime, trustRuleId, clientTrustRuleId, grantType, scopes }: Issuance): Promise<Standing> {
    const own = await this.live.entry(token, streams.token(jti), tenant);
    const family = authorizationId === undefined ? undefined : await this.facts.family(tenant, authorizationId);
    const rules = [trustRuleId, clientTrustRuleId].filter((rule) => rule !== undefined);
    const book = rules.length > 0 ? await this.facts.trust(tenant) : undefined;
    const facts = await this.facts.gather({ tenant, agentId, principal, resourceId });
    const { parent: madeFrom } = own.state;
    const parent = madeFrom && (await this.of(tenant, madeFrom));
    const asked = { scopes, grantEpoch, agreedAt: authTime, purpose: 'inspect' } as const;
    const decide = whileUnchanged(facts.relied, this.clock, () => decideAccess(this.facts.request(facts, { ...asked, grantType: parent ? TOKEN_EXCHANGE : grantType ?? firstGrantOf(facts.agent.state, principal.kind) })));
    // Elsewhere the scopes of that one mean nothing.
    const bound = madeFrom?.resourceId === resourceId ? parent : undefined;
    const left = (decided: readonly string[]): readonly string[] => {
      const most = bound?.scopes();
      return most ? decided.filter((scope) => most.includes(scope)) : decided;
    };
    return {
      relied: [own as LiveEntry, ...(family ? [family as LiveEntry] : []), ...(book ? [book as LiveEntry] : []), ...facts.relied, ...(parent?.relied ?? [])],
      resource: facts.resource,
      attestedBy: book && ruleNamed(book.state, clientTrustRuleId ?? trustRuleId!)?.platform,
      ancestors: parent ? parent.ancestors + 1 : 0,
      problem: () => {
        if (own.state.revoked) return 'token.revoked';
        if (family && family.state.status !== 'live') return 'authorization.revoked';
        const untrusted = book && rulesProblem(book.state, rules, this.clock.seconds());
        if (untrusted) return untrusted;
        const decision = decide();
        if (!decision.allowed) return decision.reason;
        return parent?.problem() ?? (left(decision.scopes).length > 0 ? undefined : 'scope.none_allowed');
      },
      scopes: () => {
        const decision = decide();
        return decision.allowed ? left(decision.scopes) : [];
      },
    };
  }
}

/** The same answer while everything that it rests on is as it was, and for no longer than a second: one exchange asks six times. */
const whileUnchanged = <T>(relied: readonly LiveEntry[], clock: Clock, answer: () => T): (() => T) => {
  let last: { readonly at: number; readonly states: readonly unknown[]; readonly is: T } | undefined;
  return () => {
    const at = clock.seconds();
    if (last?.at !== at || relied.some(({ state }, n) => state !== last!.states[n])) last = { at, states: relied.map(({ state }) => state), is: answer() };
    return last.is;
  };
};
