import { Injectable } from '@nestjs/common';
import { Clients } from '../../commands/agents/clients.js';
import { FindConnection } from '../../commands/connections/find-connection.js';
import { isConnectionId } from '../../commands/derived-ids.js';
import { People } from '../../commands/users/people.js';
import type { Owner } from '../../domain/agent/agent.events.js';
import type { Principal } from '../../domain/grant/principal.js';
import { IDENTITY_SCOPES } from '../../domain/token/identity-scopes.js';
import { ResourceParameter } from '../oauth/resource-parameter.js';

export interface AskedAccess {
  readonly agentId: string;
  readonly principal: Principal;
  readonly targetId: string;
  readonly scopes: readonly string[];
}
export interface AskedInWords {
  readonly agent: { readonly name: string; readonly clientId: string; readonly owner: string };
  readonly inTheNameOf: string | undefined;
  readonly resource: { readonly name: string; readonly address: string };
  readonly scopes: readonly string[];
}

/** What an agent asks a person to confirm, in words. */
@Injectable()
export class ApprovalQuestions {
  constructor(
    private readonly clients: Clients,
    private readonly resources: ResourceParameter,
    private readonly connections: FindConnection,
    private readonly people: People,
  ) {}

  async describe(tenant: string, { agentId, principal, targetId, scopes }: AskedAccess): Promise<AskedInWords> {
    const agent = await this.clients.byAgentId(tenant, agentId);
    const target = await this.target(tenant, targetId);
    const words = new Map<string, string>([...(target?.scopes ?? []), ...IDENTITY_SCOPES].map(({ name, description }) => [name, description]));
    return {
      agent: { name: agent?.name ?? agentId, clientId: agent?.clientId ?? agentId, owner: agent ? await this.owner(tenant, agent.owner) : '' },
      inTheNameOf: principal.kind === 'user' ? (await this.people.describe(tenant, principal.id)).name : undefined,
      resource: { name: target?.name ?? targetId, address: target?.address ?? '' },
      scopes: scopes.map((scope) => words.get(scope) ?? scope),
    };
  }

  private async owner(tenant: string, { kind, id }: Owner): Promise<string> {
    return kind === 'user' ? (await this.people.describe(tenant, id)).name : `Team ${id}`;
  }

  private async target(tenant: string, id: string): Promise<{ readonly name: string; readonly address: string; readonly scopes: readonly { readonly name: string; readonly description: string }[] } | undefined> {
    if (!isConnectionId(id)) {
      const resource = await this.resources.byId(tenant, id);
      return resource && { name: resource.name, address: resource.uri, scopes: resource.scopes };
    }
    const connection = await this.connections.byId(tenant, id);
    return connection && { name: connection.title, address: connection.origins.join(', '), scopes: connection.scopes };
  }
}
