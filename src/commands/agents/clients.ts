import { Injectable } from '@nestjs/common';
import { type Agent, type KnownAgent, agent } from '../../domain/agent/agent.decider.js';
import { type DescribedClient, canonicalMetadata } from '../../domain/agent/client-metadata.js';
import { isClientIdUrl } from '../../domain/agent/client-id-url.js';
import { admitsDocument } from '../../domain/tenant/admits-client.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { FetchRefused } from '../../domain/ports/guarded-fetch.js';
import type { CommandContext } from '../command-context.js';
import { agentIdOfUrl } from '../derived-ids.js';
import { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';
import { type Soon, whenHere } from '../soon.js';
import { TenantDirectory } from '../tenants/tenant-directory.js';
import { Write } from '../write.js';
import { MetadataDocuments } from './metadata-documents.js';
import { TENANT_ADMINS } from './tenant-admins.js';
import type { KnownTenant } from '../../domain/tenant/tenant.decider.js';

/** An OAuth client as a request names it: the agent, and what must be written before anything is granted to it. */
export interface FoundClient {
  readonly agentId: string;
  readonly agent: KnownAgent;
  /** A document that nobody has agreed to yet: the agent is registered only when a signed-in person does. */
  readonly unrecorded?: DescribedClient;
}

/**
 * From client_id to agent. A stranger's request registers nothing: a metadata document is registered at consent. That a
 * registered one has changed is recorded as soon as it is seen, since consent to the old one ends with it (CM-13).
 */
@Injectable()
export class Clients {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly crypto: Crypto,
    private readonly documents: MetadataDocuments,
    private readonly tenants: TenantDirectory,
  ) {}

  agentIdOf(tenant: string, clientId: string): string {
    return isClientIdUrl(clientId) ? agentIdOfUrl(this.crypto, tenant, clientId) : clientId;
  }

  /** As the ledger knows it; never fetches. For endpoints where a client can only be one that was registered before. */
  registered(tenant: string, clientId: string): Soon<KnownAgent | undefined> {
    const agentId = this.agentIdOf(tenant, clientId);
    if (!/^agt_[\w-]{1,64}$/.test(agentId)) return undefined;
    // An agent with a URL is known by that URL alone.
    return whenHere(this.state(tenant, agentId), (state) => (state.status !== 'unknown' && state.clientId === clientId ? state : undefined));
  }

  async byAgentId(tenant: string, agentId: string): Promise<KnownAgent | undefined> {
    const state = await this.state(tenant, agentId);
    return state.status === 'unknown' ? undefined : state;
  }

  /** For /authorize: a metadata document is read (again) when it is due. Throws Refusal or FetchRefused. */
  async find(clientId: string, context: CommandContext): Promise<FoundClient> {
    const { tenant } = context;
    const known = await this.registered(tenant, clientId);
    if (!isClientIdUrl(clientId)) {
      if (!known) throw new Refusal('agent.unknown', 'There is no client with this client_id.');
      return { agentId: known.agentId, agent: known };
    }
    await this.checkAllowed(tenant, clientId);
    const agentId = this.agentIdOf(tenant, clientId);
    try {
      const described = await this.documents.read(clientId);
      const metadataDigest = this.crypto.sha256(canonicalMetadata(described));
      if (known?.metadataDigest === metadataDigest) return { agentId, agent: known };
      const { name, metadata } = described;
      if (known) {
        await this.adopt(clientId, described, context);
        return { agentId, agent: { ...known, name, metadata, metadataDigest } };
      }
      const fresh = { agentId, clientId, owner: TENANT_ADMINS, method: 'metadata_document', secrets: [], tags: [], status: 'active' } as const;
      return { agentId, agent: { ...fresh, name, metadata, metadataDigest }, unrecorded: described };
    } catch (error) {
      // Hosts of well-known clients answer 403 to some clouds now and then: the last good copy stands in the ledger.
      if (known && error instanceof FetchRefused) return { agentId, agent: known };
      throw error;
    }
  }

  /** Registers the document, or records that it changed. */
  async adopt(clientId: string, { name, metadata }: DescribedClient, context: CommandContext): Promise<void> {
    const agentId = this.agentIdOf(context.tenant, clientId);
    const metadataDigest = this.crypto.sha256(canonicalMetadata({ name, metadata }));
    const stream = streams.agent(agentId);
    if ((await this.state(context.tenant, agentId)).status !== 'unknown') {
      await this.write.to(agent, stream, { type: 'ChangeMetadata', name, metadata, metadataDigest }, context);
      return;
    }
    const registration = { agentId, clientId, name, owner: TENANT_ADMINS, method: 'metadata_document', metadata, metadataDigest } as const;
    await this.write.to(agent, stream, { type: 'RegisterAgent', registration }, context);
  }

  /** Reads a registered client's document again when it is due, and records what changed. For the token path: nobody waits. */
  recheck(clientId: string, context: CommandContext): Promise<unknown> | undefined {
    return isClientIdUrl(clientId) ? this.find(clientId, context) : undefined;
  }

  private async checkAllowed(tenantId: string, clientId: string): Promise<void> {
    const admits = (tenant: KnownTenant | undefined): boolean => tenant !== undefined && admitsDocument(tenant.registration, clientId);
    if (!admits(await secondLook(this.live, () => this.tenants.byId(tenantId), admits)))
      throw new Refusal('registration.closed', 'Clients of this host are not allowed here. Ask an administrator.');
  }

  private state(tenant: string, agentId: string): Soon<Agent> {
    return whenHere(this.live.entry(agent, streams.agent(agentId), tenant), ({ state }) => state);
  }
}
