import { Injectable } from '@nestjs/common';
import type { Agent } from '../../domain/agent/agent.decider.js';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import { grant } from '../../domain/grant/grant.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { AccessFactsReader } from '../access-facts.js';
import { agentOf } from '../agents/agent-of.js';
import type { CommandContext } from '../command-context.js';
import { grantIdOf } from '../derived-ids.js';
import { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';
import { TOKEN_EXCHANGE } from '../tokens/token-refused.js';
import { Write } from '../write.js';

/** A person lets an agent use a connection in their name. */
@Injectable()
export class GrantConnection {
  constructor(
    private readonly write: Write,
    private readonly live: LiveState,
    private readonly facts: AccessFactsReader,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  /** Scopes that the agent could be let use. Throws Refusal when it could have none. */
  async ask(of: KnownConnection, userId: string, agentId: string, scopes: readonly string[], { tenant }: CommandContext): Promise<readonly string[]> {
    const decide = async () => {
      const facts = await this.facts.gather({ tenant, agentId, principal: { kind: 'user', id: userId }, resourceId: of.connectionId });
      return decideAccess(this.facts.request(facts, { grantType: wayOf(facts.agent.state), scopes, grantEpoch: undefined, agreedAt: undefined, asking: true, deferred: ['approval'] }));
    };
    const decision = await secondLook(this.live, decide, ({ allowed }) => allowed);
    if (!decision.allowed) throw new Refusal(decision.reason, 'This agent may not use this service.');
    return decision.scopes;
  }

  async give(of: KnownConnection, userId: string, { agentId, scopes, consentDigest }: { readonly agentId: string; readonly scopes: readonly string[]; readonly consentDigest: string }, context: CommandContext): Promise<void> {
    const allowed = await this.ask(of, userId, agentId, scopes, context);
    const { metadataDigest } = await agentOf(this.live, context.tenant, agentId);
    const principal = { kind: 'user', id: userId } as const;
    const grantId = grantIdOf(this.crypto, context.tenant, agentId, principal, of.connectionId);
    await this.write.to(grant, streams.grant(grantId), {
      type: 'GiveGrant', grantId, agentId, principal, resourceId: of.connectionId, scopes: allowed, via: 'consent', consentDigest, metadataDigest, now: this.clock.seconds(),
    }, context);
  }
}

/** A server that only exchanges what it receives has no other way to a person's service. */
const wayOf = (state: Agent): string =>
  (state.status !== 'unknown' && !state.metadata.grantTypes.includes('authorization_code') && state.metadata.grantTypes.includes(TOKEN_EXCHANGE) ? TOKEN_EXCHANGE : 'authorization_code');
