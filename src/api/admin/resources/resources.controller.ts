import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ChangeResource } from '../../../commands/resources/change-resource.js';
import { RegisterResource } from '../../../commands/resources/register-resource.js';
import { RotateResourceSecret } from '../../../commands/resources/rotate-resource-secret.js';
import type { CallAt, CallOf } from '../endpoint.js';
import { Escalation } from '../escalation.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { type ResourceView, resourceView } from './resource-view.js';
import { resourceEndpoints as endpoints } from './resources.endpoints.js';

/** Protected APIs and MCP servers. */
@Controller()
export class ResourcesController {
  constructor(
    private readonly bus: CommandBus,
    private readonly present: Present,
    private readonly escalation: Escalation,
  ) {}

  @On(endpoints.read)
  async read({ tenant, parameters }: CallOf<typeof endpoints.read>): Promise<ResourceView> {
    return this.view(tenant.id, parameters.resource_id);
  }

  @On(endpoints.register)
  async register(call: CallOf<typeof endpoints.register>): Promise<ResourceView> {
    const { default_scopes, token_lifetime, signing_algorithm, ...rest } = call.body;
    const registration = { ...rest, defaultScopes: default_scopes, tokenLifetime: token_lifetime, signingAlgorithm: signing_algorithm };
    const { resourceId, position } = await this.bus.execute(new RegisterResource(registration, call.context));
    call.wrote(position);
    return this.view(call.tenant.id, resourceId);
  }

  @On(endpoints.changeScopes)
  changeScopes(call: CallOf<typeof endpoints.changeScopes>): Promise<ResourceView> {
    return this.change(call, { type: 'ChangeScopes', scopes: call.body.scopes, defaultScopes: call.body.default_scopes });
  }

  @On(endpoints.mapTools)
  mapTools(call: CallOf<typeof endpoints.mapTools>): Promise<ResourceView> {
    return this.change(call, { type: 'MapTools', tools: call.body.tools });
  }

  @On(endpoints.nameOperator)
  nameOperator(call: CallOf<typeof endpoints.nameOperator>): Promise<ResourceView> {
    return this.change(call, { type: 'NameOperator', agentId: call.body.agent_id });
  }

  @On(endpoints.withdraw)
  withdraw(call: CallOf<typeof endpoints.withdraw>): Promise<ResourceView> {
    return this.change(call, { type: 'WithdrawResource', reason: call.body.reason });
  }

  @On(endpoints.rotateSecret)
  async rotateSecret(call: CallOf<typeof endpoints.rotateSecret>) {
    const { resource_id } = call.parameters;
    this.escalation.checkNotAdminApi(call, resource_id);
    const { secret, position } = await this.bus.execute(new RotateResourceSecret(resource_id, call.context));
    call.wrote(position);
    return { client_id: resource_id, client_secret: secret };
  }

  private async change(call: CallAt<'resource_id'>, change: ChangeResource['change']): Promise<ResourceView> {
    const { resource_id } = call.parameters;
    this.escalation.checkNotAdminApi(call, resource_id);
    call.wrote(await this.bus.execute(new ChangeResource(resource_id, change, call.context)));
    return this.view(call.tenant.id, resource_id);
  }

  private async view(tenant: string, resourceId: string): Promise<ResourceView> {
    return resourceView(await this.present.resource(tenant, resourceId));
  }
}
