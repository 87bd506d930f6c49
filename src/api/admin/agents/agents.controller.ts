import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ChangeAgent } from '../../../commands/agents/change-agent.js';
import { RegisterAgent } from '../../../commands/agents/register-agent.js';
import { RotateAgentSecret } from '../../../commands/agents/rotate-agent-secret.js';
import type { Owner } from '../../../domain/agent/agent.events.js';
import { readAdministeredClient } from '../../../domain/agent/client-metadata.js';
import { Clock } from '../../../domain/ports/clock.js';
import { Settings } from '../../../domain/ports/settings.js';
import type { AdminCaller } from '../admin-caller.js';
import { conflict, notValid } from '../admin-problems.js';
import type { CallAt, CallOf } from '../endpoint.js';
import { Escalation } from '../escalation.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { type AgentView, agentView } from './agent-view.js';
import { agentEndpoints as endpoints } from './agents.endpoints.js';

/** The directory of agents: registration and lifecycle. */
@Controller()
export class AgentsController {
  constructor(
    private readonly bus: CommandBus,
    private readonly present: Present,
    private readonly escalation: Escalation,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  @On(endpoints.read)
  async read({ tenant, parameters }: CallOf<typeof endpoints.read>): Promise<AgentView> {
    return this.view(tenant.id, parameters.agent_id);
  }

  @On(endpoints.register)
  async register(call: CallOf<typeof endpoints.register>) {
    const { name, owner, lease_until, grant_types, ...metadata } = call.body;
    this.checkInFuture(lease_until);
    await this.checkOwner(call, owner);
    const usual = metadata.redirect_uris.length > 0 ? ['authorization_code', 'refresh_token'] : ['client_credentials'];
    const request = { ...metadata, client_name: name, grant_types: grant_types ?? usual };
    const described = readAdministeredClient(request, { allowLoopback: this.settings.allowLoopback });
    const { agentId, clientSecret, position } = await this.bus.execute(new RegisterAgent(described, owner, call.context, lease_until));
    call.wrote(position);
    return { ...(await this.view(call.tenant.id, agentId)), ...(clientSecret === undefined ? {} : { client_secret: clientSecret }) };
  }

  @On(endpoints.suspend)
  suspend(call: CallOf<typeof endpoints.suspend>): Promise<AgentView> {
    return this.change(call, { type: 'SuspendAgent', reason: call.body.reason });
  }

  @On(endpoints.resume)
  resume(call: CallOf<typeof endpoints.resume>): Promise<AgentView> {
    return this.change(call, { type: 'ResumeAgent' });
  }

  @On(endpoints.retire)
  retire(call: CallOf<typeof endpoints.retire>): Promise<AgentView> {
    return this.change(call, { type: 'RetireAgent', reason: call.body.reason });
  }

  @On(endpoints.changeOwner)
  async changeOwner(call: CallOf<typeof endpoints.changeOwner>): Promise<AgentView> {
    await this.checkOwner(call, call.body.owner);
    return this.change(call, { type: 'ChangeOwner', owner: call.body.owner });
  }

  @On(endpoints.changeTags)
  changeTags(call: CallOf<typeof endpoints.changeTags>): Promise<AgentView> {
    return this.change(call, { type: 'ChangeTags', tags: call.body.tags });
  }

  @On(endpoints.renewLease)
  async renewLease(call: CallOf<typeof endpoints.renewLease>): Promise<AgentView> {
    this.checkInFuture(call.body.lease_until);
    return this.change(call, { type: 'RenewLease', leaseUntil: call.body.lease_until });
  }

  @On(endpoints.rotateSecret)
  async rotateSecret(call: CallOf<typeof endpoints.rotateSecret>) {
    const agent = await this.present.agent(call.tenant.id, call.parameters.agent_id);
    if (!agent.metadata.tokenEndpointAuthMethod.startsWith('client_secret'))
      throw conflict('agent.no_secret', 'This agent authenticates in another way than with a secret.');
    await this.escalation.checkTakeOver(call, agent.agentId);
    const { clientSecret, position } = await this.bus.execute(new RotateAgentSecret(agent.agentId, call.body.overlap, call.context));
    call.wrote(position);
    return { client_id: agent.clientId, client_secret: clientSecret };
  }

  private async change(call: CallAt<'agent_id'>, change: ChangeAgent['change']): Promise<AgentView> {
    call.wrote(await this.bus.execute(new ChangeAgent(call.parameters.agent_id, change, call.context)));
    return this.view(call.tenant.id, call.parameters.agent_id);
  }

  private async view(tenant: string, agentId: string): Promise<AgentView> {
    return agentView(await this.present.agent(tenant, agentId), this.clock.seconds());
  }

  /** Teams are names that the tenant gives; a person has to be there. */
  private async checkOwner({ tenant }: AdminCaller, { kind, id }: Owner): Promise<void> {
    if (kind === 'user') await this.present.user(tenant.id, id);
  }

  private checkInFuture(until: number | undefined): void {
    if (until !== undefined && until <= this.clock.seconds()) throw notValid('The body is not valid. lease_until: must be in the future.');
  }
}
