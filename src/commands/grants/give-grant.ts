import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { agent } from '../../domain/agent/agent.decider.js';
import { connection } from '../../domain/connection/connection.decider.js';
import { grant } from '../../domain/grant/grant.decider.js';
import type { Principal } from '../../domain/grant/principal.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { resource } from '../../domain/resource/resource.decider.js';
import { trust } from '../../domain/trust/trust.decider.js';
import type { CommandContext } from '../command-context.js';
import { grantIdOf, isConnectionId } from '../derived-ids.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';

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
    const { state: theAgent } = await this.live.entry(agent, streams.agent(given.agentId), tenant);
    if (theAgent.status === 'unknown') throw new Refusal('agent.unknown', 'There is no such agent.');
    const known = await this.scopesOf(given.resourceId, tenant);
    const unknown = given.scopes.find((scope) => !known.includes(scope));
    if (unknown !== undefined) throw new Refusal('resource.scope_unknown', `There is no scope "${unknown}" there.`);
    const grantId = grantIdOf(this.crypto, tenant, given.agentId, given.principal, given.resourceId);
    const { state: rules } = await this.live.entry(trust, streams.trust(tenant), tenant);
    const command = { type: 'GiveGrant', ...given, grantId, via: 'admin', metadataDigest: theAgent.metadataDigest, now: this.clock.seconds(), trust: rules } as const;
    const { position } = await this.write.to(grant, streams.grant(grantId), command, context);
    return { grantId, position };
  }

  /** Of a resource, or of a connection. */
  private async scopesOf(id: string, tenant: string): Promise<readonly string[]> {
    const { state } = isConnectionId(id)
      ? await this.live.entry(connection, streams.connection(id), tenant)
      : await this.live.entry(resource, streams.resource(id), tenant);
    if (state.status !== 'active') throw new Refusal(isConnectionId(id) ? 'connection.unknown' : 'resource.unknown', `There is no such ${isConnectionId(id) ? 'connection' : 'resource'}.`);
    return state.scopes.map(({ name }) => name);
  }
}
