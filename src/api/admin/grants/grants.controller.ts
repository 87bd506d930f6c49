import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { GiveGrant } from '../../../commands/grants/give-grant.js';
import { NarrowGrant } from '../../../commands/grants/narrow-grant.js';
import { RevokeGrant } from '../../../commands/grants/revoke-grant.js';
import type { Principal } from '../../../domain/grant/principal.js';
import { Clock } from '../../../domain/ports/clock.js';
import { notValid } from '../admin-problems.js';
import type { CallOf } from '../endpoint.js';
import { Escalation } from '../escalation.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { type GrantView, grantView } from './grant-view.js';
import { grantEndpoints as endpoints } from './grants.endpoints.js';

/** Who may use what on whose authority. */
@Controller()
export class GrantsController {
  constructor(
    private readonly bus: CommandBus,
    private readonly present: Present,
    private readonly escalation: Escalation,
    private readonly clock: Clock,
  ) {}

  @On(endpoints.read)
  read({ tenant, parameters }: CallOf<typeof endpoints.read>): Promise<GrantView> {
    return this.view(tenant.id, parameters.grant_id);
  }

  @On(endpoints.give)
  async give(call: CallOf<typeof endpoints.give>): Promise<GrantView> {
    const { agent_id, resource_id, connection_id, scopes, expires_at } = call.body;
    const target = resource_id ?? connection_id;
    if (target === undefined || (resource_id !== undefined && connection_id !== undefined)) throw notValid('The body is not valid. Give a resource_id or a connection_id: one of them.');
    const principal: Principal = call.body.principal ?? { kind: 'agent', id: agent_id };
    if (principal.kind === 'agent' && principal.id !== agent_id) throw notValid('The body is not valid. principal: an agent acts for a user or for itself, not for another agent.');
    if (principal.kind === 'user') await this.present.user(call.tenant.id, principal.id);
    if (typeof expires_at === 'number' && expires_at <= this.clock.seconds()) throw notValid('The body is not valid. expires_at: must be in the future.');
    this.escalation.checkScopes(call, target, scopes);
    const given = { agentId: agent_id, principal, resourceId: target, scopes, ...(expires_at === undefined ? {} : { expiresAt: expires_at }) };
    const { grantId, position } = await this.bus.execute(new GiveGrant(given, call.context));
    call.wrote(position);
    return this.view(call.tenant.id, grantId);
  }

  @On(endpoints.revoke)
  async revoke(call: CallOf<typeof endpoints.revoke>): Promise<GrantView> {
    const { grant_id } = call.parameters;
    call.wrote(await this.bus.execute(new RevokeGrant(grant_id, call.body.reason, undefined, call.context)));
    return this.view(call.tenant.id, grant_id);
  }

  @On(endpoints.narrow)
  async narrow(call: CallOf<typeof endpoints.narrow>): Promise<GrantView> {
    const { grant_id } = call.parameters;
    call.wrote(await this.bus.execute(new NarrowGrant(grant_id, call.body.scopes, call.context)));
    return this.view(call.tenant.id, grant_id);
  }

  private async view(tenant: string, grantId: string): Promise<GrantView> {
    return grantView(await this.present.grant(tenant, grantId), this.clock.seconds());
  }
}
