import { Injectable } from '@nestjs/common';
import { agent } from '../../domain/agent/agent.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { DeploymentState } from '../deployment/deployment-state.js';
import { resourceIdOf } from '../derived-ids.js';
import { GiveGrant, GiveGrantHandler } from '../grants/give-grant.js';
import { LiveState } from '../live-state.js';
import { ADMIN_SCOPES, adminApiRegistration, adminApiUri } from '../resources/hub-resources.js';
import { OwnResources } from '../resources/own-resources.js';
import { RegisterAgent, RegisterAgentHandler } from './register-agent.js';
import { TENANT_ADMINS } from './tenant-admins.js';

export interface OperatorCredentials {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The agent behind the command line on the hub's own machine: whoever can read the data directory is the operator already. */
@Injectable()
export class OperatorAgent {
  constructor(
    private readonly live: LiveState,
    private readonly register: RegisterAgentHandler,
    private readonly grants: GiveGrantHandler,
    private readonly own: OwnResources,
    private readonly deployment: DeploymentState,
    private readonly crypto: Crypto,
  ) {}

  /** The given credentials while they hold here; else those of a new operator agent. Either may do what the admin API offers. */
  async ensure(known: OperatorCredentials | undefined, issuer: string, context: CommandContext): Promise<OperatorCredentials> {
    await this.own.ensure(adminApiRegistration(issuer), context);
    if (known?.issuer === issuer && (await this.holds(known, context.tenant))) {
      await this.giveEverything(known.clientId, issuer, context);
      return known;
    }
    const described = {
      name: 'Command line on the hub\'s machine',
      metadata: { redirectUris: [], grantTypes: ['client_credentials'], tokenEndpointAuthMethod: 'client_secret_basic', applicationType: 'web' },
    } as const;
    const { agentId, clientId, clientSecret } = await this.register.execute(new RegisterAgent(described, TENANT_ADMINS, context));
    await this.giveEverything(agentId, issuer, context);
    return { issuer, clientId, clientSecret: clientSecret! };
  }

  private async giveEverything(agentId: string, issuer: string, context: CommandContext): Promise<void> {
    const resourceId = resourceIdOf(this.crypto, context.tenant, adminApiUri(issuer));
    const given = { agentId, principal: { kind: 'agent', id: agentId }, resourceId, scopes: ADMIN_SCOPES.map(({ name }) => name) } as const;
    await this.grants.execute(new GiveGrant(given, context));
    this.deployment.serveOperator(agentId);
  }

  private async holds({ clientId, clientSecret }: OperatorCredentials, tenant: string): Promise<boolean> {
    const { state } = await this.live.entry(agent, streams.agent(clientId), tenant);
    return state.status === 'active' && state.secrets.some(({ digest }) => digest === this.crypto.sha256(clientSecret));
  }
}
