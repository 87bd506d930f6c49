import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { grant } from '../../domain/grant/grant.decider.js';
import type { Principal } from '../../domain/grant/principal.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { trust } from '../../domain/trust/trust.decider.js';
import { agentOf } from '../agents/agent-of.js';
import type { CommandContext } from '../command-context.js';
import { grantIdOf } from '../derived-ids.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { checkScopes } from './check-scopes.js';

/** An administrator lets an agent use a resource for itself or, where the tenant wants it, for a user. */
export class GiveGrant extends Command<{ readonly grantId: string; readonly position: Position }> {
  constructor(
    readonly given: {
      readonly agentId: string; readonly principal: Principal;
      /** Of a resource, or of a connection. */
      readonly resourceId: string;
      readonly scopes: readonly string[];
      /** Null: without an end. Left out: as it is. */
      readonly expiresAt?: number | null;
    },
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(GiveGrant)
export class GiveGrantHandler implements ICommandHandler<GiveGrant> {
  constructor(private readonly live: LiveState, private readonly write: Write, private readonly crypto: Crypto, private readonly clock: Clock) {}

  async execute({ given, context }: GiveGrant): Promise<{ grantId: string; position: Position }> {
    const { tenant } = context;
    const { metadataDigest } = await agentOf(this.live, tenant, given.agentId);
    await checkScopes(this.live, tenant, given);
    const grantId = grantIdOf(this.crypto, tenant, given.agentId, given.principal, given.resourceId);
    const { state: rules } = await this.live.entry(trust, streams.trust(tenant), tenant);
    const command = { type: 'GiveGrant', ...given, grantId, via: 'admin', metadataDigest, now: this.clock.seconds(), trust: rules } as const;
    const { position } = await this.write.to(grant, streams.grant(grantId), command, context);
    return { grantId, position };
  }
}
