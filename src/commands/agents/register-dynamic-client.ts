import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type AgentCommand, agent } from '../../domain/agent/agent.decider.js';
import { type DescribedClient, canonicalMetadata } from '../../domain/agent/client-metadata.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';
import { TenantDirectory } from '../tenants/tenant-directory.js';
import { Write } from '../write.js';
import { type RegisteredAgent, usesSecret } from './register-agent.js';
import { TENANT_ADMINS } from './tenant-admins.js';
import type { KnownTenant } from '../../domain/tenant/tenant.decider.js';

type Registration = Extract<AgentCommand, { type: 'RegisterAgent' }>['registration'];

/** RFC 7591, open to strangers where the tenant allows it. */
export class RegisterDynamicClient extends Command<Omit<RegisteredAgent, 'position'>> {
  constructor(readonly described: DescribedClient, readonly context: CommandContext) {
    super();
  }
}

/**
 * The same public client registering again gets the same agent: installations do not fill the directory, a flood of equal
 * registrations writes one event, and a suspended agent does not shed its suspension by registering anew.
 */
@CommandHandler(RegisterDynamicClient)
export class RegisterDynamicClientHandler implements ICommandHandler<RegisterDynamicClient> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly crypto: Crypto,
    private readonly tenants: TenantDirectory,
  ) {}

  async execute({ described, context }: RegisterDynamicClient): Promise<Omit<RegisteredAgent, 'position'>> {
    const isOpen = (tenant: KnownTenant | undefined): boolean => tenant?.status === 'active' && tenant.registration.dynamic !== 'closed';
    if (!isOpen(await secondLook(this.live, () => this.tenants.byId(context.tenant), isOpen)))
      throw new Refusal('registration.closed', 'Dynamic registration is closed here. Ask an administrator to register the client.');
    const metadataDigest = this.crypto.sha256(canonicalMetadata(described));
    const shared = described.metadata.tokenEndpointAuthMethod === 'none';
    const agentId = shared
      ? ID_PREFIX.agent + this.crypto.sha256(JSON.stringify([context.tenant, 'dynamic', metadataDigest])).slice(0, 24)
      : this.crypto.randomId(ID_PREFIX.agent);
    const clientSecret = usesSecret(described) ? this.crypto.randomSecret('cs_') : undefined;
    const stream = streams.agent(agentId);
    if (shared && (await this.live.entry(agent, stream, context.tenant)).state.status !== 'unknown') return { agentId, clientId: agentId };
    const registration = {
      agentId, clientId: agentId, name: described.name, owner: TENANT_ADMINS, method: 'dynamic' as const,
      metadata: described.metadata, metadataDigest,
      ...(clientSecret === undefined ? {} : { secretDigest: this.crypto.sha256(clientSecret) }),
    };
    await this.register(registration, stream, context);
    return { agentId, clientId: agentId, ...(clientSecret === undefined ? {} : { clientSecret }) };
  }

  private async register(registration: Registration, stream: string, context: CommandContext): Promise<void> {
    try {
      await this.write.to(agent, stream, { type: 'RegisterAgent', registration }, context);
    } catch (error) {
      // Another installation of the same client was faster by a moment.
      if (!(error instanceof Refusal && error.code === 'agent.exists')) throw error;
    }
  }
}
