import { Injectable } from '@nestjs/common';
import { Clients } from '../../commands/agents/clients.js';
import { ActiveGrants, type ListedGrant } from '../../projections/active-grants/active-grants.queries.js';
import { describeClient } from '../pages/describe-client.js';
import type { MyAgent } from '../pages/my-agents-page.js';
import { TargetsInWords } from './targets-in-words.js';

const MOST_SHOWN = 200;

/** What a person has allowed, in words. */
@Injectable()
export class AllowedAgents {
  constructor(private readonly grants: ActiveGrants, private readonly clients: Clients, private readonly targets: TargetsInWords) {}

  async by(tenant: string, userId: string): Promise<readonly MyAgent[]> {
    const { items } = await this.grants.list(tenant, { principal: { kind: 'user', id: userId }, status: 'active', limit: MOST_SHOWN });
    return Promise.all(items.map((grant) => this.describe(tenant, grant)));
  }

  private async describe(tenant: string, { grantId, agentId, resourceId, scopes: granted, since, lastUsedAt }: ListedGrant): Promise<MyAgent> {
    const agent = await this.clients.byAgentId(tenant, agentId);
    const { name: resource, scopes } = await this.targets.of(tenant, resourceId, granted);
    return { grantId, since, lastUsed: lastUsedAt, resource, scopes, ...(agent ? describeClient(agent) : { name: agentId, clientHost: '' }) };
  }
}
