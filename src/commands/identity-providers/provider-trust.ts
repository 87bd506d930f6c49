import { Injectable } from '@nestjs/common';
import { type IdentityProvidersCommand, identityProviders } from '../../domain/idp/idp.decider.js';
import { issuersOf } from '../../domain/idp/issuers.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { trust } from '../../domain/trust/trust.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { FindProviders } from './find-providers.js';

/**
 * An identity provider's word counts for people while it is one of the tenant's: the rules about issuers that none has any more
 * go before the provider does, and with them what was given on its word. A crash in between leaves a provider that is removed again.
 */
@Injectable()
export class ProviderTrust {
  constructor(private readonly live: LiveState, private readonly write: Write, private readonly find: FindProviders) {}

  /** Throws Refusal where the command would be refused; nothing is removed then. */
  async endBefore(command: IdentityProvidersCommand, reason: string, context: CommandContext): Promise<void> {
    const before = await this.find.of(context.tenant);
    const { providers } = identityProviders.decide(command, before).reduce(identityProviders.evolve, before);
    const { state } = await this.live.entry(trust, streams.trust(context.tenant), context.tenant);
    const homeless = state.rules.filter(({ purpose, issuer }) => purpose === 'users' && !providers.some((one) => issuersOf(one).includes(issuer)));
    for (const { ruleId } of homeless) await this.remove(ruleId, reason, context); // oxlint-disable-line no-await-in-loop
  }

  private async remove(ruleId: string, reason: string, context: CommandContext): Promise<void> {
    try {
      await this.write.to(trust, streams.trust(context.tenant), { type: 'RemoveTrustRule', ruleId, reason }, context);
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof Refusal && error.code === 'trust.unknown')) throw error;
    }
  }
}
