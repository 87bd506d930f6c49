import { Injectable } from '@nestjs/common';
import { Clients } from '../../commands/agents/clients.js';
import { FindConnection } from '../../commands/connections/find-connection.js';
import { isConnectionId } from '../../commands/derived-ids.js';
import { IDENTITY_SCOPES } from '../../domain/token/identity-scopes.js';
import { ActiveGrants, type ListedGrant } from '../../projections/active-grants/active-grants.queries.js';
import { ResourceParameter } from '../oauth/resource-parameter.js';
import type { MyAgent } from '../pages/my-agents-page.js';
import { describeClient } from './describe-client.js';

const MOST_SHOWN = 200;

/** What a person has allowed, in words. */
@Injectable()
export class AllowedAgents {
  constructor(
    private readonly grants: ActiveGrants,
    private readonly clients: Clients,
    private readonly resources: ResourceParameter,
    private readonly connections: FindConnection,
  ) {}

  async by(tenant: string, userId: string): Promise<readonly MyAgent[]> {
    const { items } = await this.grants.list(tenant, { principal: { kind: 'user', id: userId }, status: 'active', limit: MOST_SHOWN });
    return Promise.all(items.map((grant) => this.describe(tenant, grant)));
  }

  private async describe(tenant: string, { grantId, agentId, resourceId, scopes, since, lastUsedAt }: ListedGrant): Promise<MyAgent> {
    const agent = await this.clients.byAgentId(tenant, agentId);
    const resource = await this.target(tenant, resourceId);
    const words = new Map<string, string>([...(resource?.scopes ?? []), ...IDENTITY_SCOPES].map(({ name, description }) => [name, description]));
    return {
      grantId, since, lastUsed: lastUsedAt, resource: resource?.name ?? resourceId, ...(agent ? describeClient(agent) : { name: agentId, clientHost: '' }),
      scopes: scopes.map((scope) => words.get(scope) ?? scope),
    };
  }

  /** A protected resource, or a service that is connected. */
  private async target(tenant: string, id: string): Promise<{ readonly name: string; readonly scopes: readonly { readonly name: string; readonly description: string }[] } | undefined> {
    if (!isConnectionId(id)) return this.resources.byId(tenant, id);
    const connection = await this.connections.byId(tenant, id);
    return connection && { name: connection.title, scopes: connection.scopes };
  }
}
