import { Injectable } from '@nestjs/common';
import { Clients } from '../../commands/agents/clients.js';
import { People } from '../../commands/users/people.js';
import type { Owner } from '../../domain/agent/agent.events.js';
import type { Principal } from '../../domain/grant/principal.js';
import { TargetsInWords } from './targets-in-words.js';

interface AskedAccess {
  readonly agentId: string;
  readonly principal: Principal;
  readonly targetId: string;
  readonly scopes: readonly string[];
}
interface AskedInWords {
  readonly agent: { readonly name: string; readonly clientId: string; readonly owner: string };
  readonly inTheNameOf: string | undefined;
  readonly resource: { readonly name: string; readonly address: string };
  readonly scopes: readonly string[];
}

/** What an agent asks a person to confirm, in words. */
@Injectable()
export class ApprovalQuestions {
  constructor(private readonly clients: Clients, private readonly targets: TargetsInWords, private readonly people: People) {}

  async describe(tenant: string, { agentId, principal, targetId, scopes: asked }: AskedAccess): Promise<AskedInWords> {
    const agent = await this.clients.byAgentId(tenant, agentId);
    const { scopes, ...resource } = await this.targets.of(tenant, targetId, asked);
    return {
      agent: { name: agent?.name ?? agentId, clientId: agent?.clientId ?? agentId, owner: agent ? await this.owner(tenant, agent.owner) : '' },
      inTheNameOf: principal.kind === 'user' ? (await this.people.describe(tenant, principal.id)).name : undefined, resource, scopes,
    };
  }

  private async owner(tenant: string, { kind, id }: Owner): Promise<string> {
    return kind === 'user' ? (await this.people.describe(tenant, id)).name : `Team ${id}`;
  }
}
