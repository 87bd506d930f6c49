import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { agent } from '../../domain/agent/agent.decider.js';
import type { Owner } from '../../domain/agent/agent.events.js';
import { type DescribedClient, canonicalMetadata } from '../../domain/agent/client-metadata.js';
import type { Position } from '../../domain/kernel/event.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

export interface RegisteredAgent {
  readonly agentId: string;
  readonly clientId: string;
  /** Shown once; the ledger has its digest. */
  readonly clientSecret?: string;
  readonly position: Position;
}

/** An administrator registers an agent and names who is accountable for it. */
export class RegisterAgent extends Command<RegisteredAgent> {
  constructor(
    readonly described: DescribedClient,
    readonly owner: Owner,
    readonly context: CommandContext,
    readonly leaseUntil?: number,
  ) {
    super();
  }
}

export const usesSecret = ({ metadata }: DescribedClient): boolean => metadata.tokenEndpointAuthMethod.startsWith('client_secret');

@CommandHandler(RegisterAgent)
export class RegisterAgentHandler implements ICommandHandler<RegisterAgent> {
  constructor(private readonly write: Write, private readonly crypto: Crypto) {}

  async execute({ described, owner, context, leaseUntil }: RegisterAgent): Promise<RegisteredAgent> {
    const agentId = this.crypto.randomId(ID_PREFIX.agent);
    const clientSecret = usesSecret(described) ? this.crypto.randomSecret('cs_') : undefined;
    const registration = {
      agentId, clientId: agentId, name: described.name, owner, method: 'admin' as const, metadata: described.metadata,
      metadataDigest: this.crypto.sha256(canonicalMetadata(described)),
      ...(clientSecret === undefined ? {} : { secretDigest: this.crypto.sha256(clientSecret) }),
      ...(leaseUntil === undefined ? {} : { leaseUntil }),
    };
    const { position } = await this.write.to(agent, streams.agent(agentId), { type: 'RegisterAgent', registration }, context);
    return { agentId, clientId: agentId, position, ...(clientSecret === undefined ? {} : { clientSecret }) };
  }
}
