import { Injectable } from '@nestjs/common';
import { type KnownAgent, agent } from '../../domain/agent/agent.decider.js';
import { canonicalMetadata } from '../../domain/agent/client-metadata.js';
import { grant } from '../../domain/grant/grant.decider.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { Claims } from '../../domain/ports/jwt-verifier.js';
import { claimAt } from '../../domain/trust/claim-match.js';
import type { AgentTemplate, TrustRule } from '../../domain/trust/trust.events.js';
import type { CommandContext } from '../command-context.js';
import { grantIdOf } from '../derived-ids.js';
import { GiveGrant, GiveGrantHandler } from '../grants/give-grant.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';

/** The agent that a believed token proves: one that the rule names, or one for each workload, made at its first token. */
@Injectable()
export class WorkloadAgents {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly grants: GiveGrantHandler,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  /** Its id; undefined when the token lacks a claim that tells workloads apart. Nothing is made. */
  idOf(rule: TrustRule, claims: Claims, tenant: string): string | undefined {
    if (rule.agentId !== undefined) return rule.agentId;
    const values = rule.template!.identifiedBy.map((claim) => claimAt(claims, claim));
    if (!values.every((value) => (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean')) return undefined;
    // By what was proven and not by the rule: the same rule made anew finds its agents again, and what a rule with other
    // claims lets in is somebody else, though both be called alike (WF-05).
    const proven = [tenant, 'workload', rule.issuer, rule.audience, rule.claims, rule.template!.identifiedBy, values];
    return ID_PREFIX.agent + this.crypto.sha256(JSON.stringify(proven)).slice(0, 24);
  }

  async ensure(rule: TrustRule, claims: Claims, agentId: string, context: CommandContext): Promise<KnownAgent | undefined> {
    const stream = streams.agent(agentId);
    const as: CommandContext = { ...context, actor: { kind: 'agent', id: agentId } };
    const isNew = (await this.live.entry(agent, stream, context.tenant)).state.status === 'unknown';
    if (isNew && rule.template) await this.register(rule, rule.template, { agentId, claims }, as);
    const { state } = await this.live.entry(agent, stream, context.tenant);
    if (rule.template && state.status === 'active') await this.giveGrants(agentId, rule.template, as);
    return state.status === 'unknown' ? undefined : state;
  }

  private async register({ ruleId, claims: bound }: TrustRule, template: AgentTemplate, { agentId, claims }: { agentId: string; claims: Claims }, context: CommandContext): Promise<void> {
    const { owner, tags, grantTypes, leaseSeconds, identifiedBy } = template;
    const open = identifiedBy.filter((claim) => !bound.some((one) => one.claim === claim && one.match === 'exact' && one.values.length === 1));
    const name = nameOf(template.name, open.map((claim) => claimAt(claims, claim)));
    const metadata = { redirectUris: [], grantTypes, tokenEndpointAuthMethod: 'workload_token', applicationType: 'web' } as const;
    const registration = {
      agentId, clientId: agentId, name, owner, method: 'workload', trustRuleId: ruleId, metadata, metadataDigest: this.crypto.sha256(canonicalMetadata({ name, metadata })),
      ...(leaseSeconds === undefined ? {} : { leaseUntil: this.clock.seconds() + leaseSeconds }),
    } as const;
    try {
      await this.write.to(agent, streams.agent(agentId), { type: 'RegisterAgent', registration, tags }, context);
    } catch (error) {
      // Another token of the same workload was faster by a moment.
      if (!(error instanceof Refusal && error.code === 'agent.exists')) throw error;
    }
  }

  /** Each once in an agent's life: a crash before is made good by the next token, what somebody took away stays away. */
  private async giveGrants(agentId: string, { grants }: AgentTemplate, context: CommandContext): Promise<void> {
    const principal = { kind: 'agent', id: agentId } as const;
    for (const { resourceId, scopes } of grants) {
      const { state } = await this.live.entry(grant, streams.grant(grantIdOf(this.crypto, context.tenant, agentId, principal, resourceId)), context.tenant);
      if (state.status === 'none') await this.grants.execute(new GiveGrant({ agentId, principal, resourceId, scopes }, context));
    }
  }
}

/** As many characters as a name may have (domain/agent/agent.events.ts). */
const MOST_CHARACTERS = 200;
/** What stands in tokens is others' text: a line of printable characters is left of it, and nothing that may name a person. */
const nameOf = (name: string, values: readonly unknown[]): string => {
  const shown = values.map((value) => [...String(value).replace(/[\p{C}\s]+/gu, ' ')].slice(0, 80).join(''));
  return [...[name, ...shown.filter((value) => !value.includes('@'))].join(' ')].slice(0, MOST_CHARACTERS).join('');
};
