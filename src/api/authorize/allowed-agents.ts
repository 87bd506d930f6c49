import { Injectable } from '@nestjs/common';
import { Clients } from '../../commands/agents/clients.js';
import { isClientIdUrl } from '../../domain/agent/client-id-url.js';
import { IDENTITY_SCOPES } from '../../domain/token/identity-scopes.js';
import { ActiveGrants, type ListedGrant } from '../../projections/active-grants/active-grants.queries.js';
import { ResourceParameter } from '../oauth/resource-parameter.js';
import type { MyAgent } from '../pages/my-agents-page.js';
import { hostOf } from '../pages/safe-url.js';

const MOST_SHOWN = 200;

/** What a person has allowed, in words. */
@Injectable()
export class AllowedAgents {
  constructor(
    private readonly grants: ActiveGrants,
    private readonly clients: Clients,
    private readonly resources: ResourceParameter,
  ) {}

  async by(tenant: string, userId: string): Promise<readonly MyAgent[]> {
    const { items } = await this.grants.list(tenant, { principal: { kind: 'user', id: userId }, status: 'active', limit: MOST_SHOWN });
    return Promise.all(items.map((grant) => this.describe(tenant, grant)));
  }

  private async describe(tenant: string, { grantId, agentId, resourceId, scopes, since, lastUsedAt }: ListedGrant): Promise<MyAgent> {
    const agent = await this.clients.byAgentId(tenant, agentId);
    const resource = await this.resources.byId(tenant, resourceId);
    const words = new Map<string, string>([...(resource?.scopes ?? []), ...IDENTITY_SCOPES].map(({ name, description }) => [name, description]));
    return {
      grantId, since, lastUsed: lastUsedAt, name: agent?.name ?? agentId, resource: resource?.name ?? resourceId,
      clientHost: agent ? ((isClientIdUrl(agent.clientId) ? hostOf(agent.clientId) : hostOf(agent.metadata.redirectUris[0] ?? '')) ?? '') : '',
      scopes: scopes.map((scope) => words.get(scope) ?? scope),
    };
  }
}
