import { Injectable } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.js';
import { activity, agentUseTable } from '../activity/activity.projection.js';
import { type Found, type Page, type PageRequest, ReadModels, containing } from '../read-models.js';
import { type AgentMethod, agentDirectory, agentsTable } from './agent-directory.projection.js';

export type AgentStatus = 'active' | 'suspended' | 'retired' | 'expired';

export interface ListedAgent {
  readonly agentId: string;
  readonly clientId: string;
  readonly name: string;
  readonly owner: { readonly kind: 'user' | 'team'; readonly id: string };
  /** How it came into the directory. */
  readonly method: AgentMethod;
  readonly status: AgentStatus;
  /** NumericDate. */
  readonly leaseUntil?: number;
  readonly authMethod: string;
  readonly grantTypes: readonly string[];
  /** Hosts that people are sent back to; of an app's own scheme the scheme, with its colon. */
  readonly redirectHosts: readonly string[];
  readonly clientUri?: string;
  /** ISO 8601. */
  readonly registeredAt: string;
  /** When it last got a token, ISO 8601. */
  readonly lastUsedAt?: string;
  /** Tokens that were handed out. */
  readonly tokensIssued: number;
  /** Requests for a token that ended in no. */
  readonly tokensRefused: number;
}

export interface AgentQuestion extends PageRequest {
  readonly status?: AgentStatus | undefined;
  readonly method?: AgentMethod | undefined;
  readonly owner?: ListedAgent['owner'] | undefined;
  /** Part of the name or the client id, in any case. */
  readonly search?: string | undefined;
}

// A lease ends by itself: the event that says so may come later (decide-access.ts judges the same way).
const STATUS = `CASE WHEN r.status = 'active' AND r.lease_until <= :now THEN 'expired' ELSE r.status END`;

/** The agents of one tenant, newest first. */
@Injectable()
export class AgentDirectory {
  constructor(private readonly models: ReadModels, private readonly clock: Clock) {}

  async list(tenant: string, { status, method, owner, search, ...request }: AgentQuestion = {}): Promise<Page<ListedAgent>> {
    const page = await this.models.page({
      of: agentDirectory, table: agentsTable, tenant,
      equal: { method, ownerKind: owner?.kind, ownerId: owner?.id },
      where: [status && [`${STATUS} = :status`, { status, now: this.clock.seconds() }], containing(search, 'name', 'clientId')],
    }, request);
    return { ...page, items: await this.withUse(tenant, page.items) };
  }

  private async withUse(tenant: string, agents: readonly Found<typeof agentsTable.columns>[]): Promise<readonly ListedAgent[]> {
    if (agents.length === 0) return [];
    const agentIds = agents.map(({ agentId }) => agentId);
    const use = await this.models.all({ of: activity, table: agentUseTable, tenant, where: [['r.agent_id IN (:...agentIds)', { agentIds }]] });
    const byAgent = new Map(use.map((row) => [row.agentId, row]));
    const now = this.clock.seconds();
    return agents.map(({ tenant: _, position: __, ownerKind, ownerId, ...agent }) => {
      const { issued = 0, refused = 0, lastUsedAt } = byAgent.get(agent.agentId) ?? {};
      return {
        ...agent, owner: { kind: ownerKind, id: ownerId },
        status: agent.status === 'active' && agent.leaseUntil !== undefined && agent.leaseUntil <= now ? 'expired' : agent.status,
        ...(lastUsedAt === undefined ? {} : { lastUsedAt }), tokensIssued: issued, tokensRefused: refused,
      };
    });
  }
}
