import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DisclosePeople } from '../../commands/users/disclose-people.js';
import { ActiveGrants } from '../../projections/active-grants/active-grants.queries.js';
import { type ListedResource, Resources } from '../../projections/resources/resources.queries.js';
import { type ListedTenant, Tenants } from '../../projections/tenants/tenants.queries.js';
import { type ListedUser, Users } from '../../projections/users/users.queries.js';
import { Tenancy } from '../http/tenancy.js';
import type { CallOf } from './endpoint.js';
import { listedGrantView } from './grants/grant-view.js';
import { ListAnswer } from './list-answer.js';
import { listEndpoints as endpoints } from './lists.endpoints.js';
import { On } from './on.js';
import { resourceView } from './resources/resource-view.js';
import { tenantView } from './tenants/tenant-view.js';

/** Grants, resources, people and tenants, to look through. */
@Controller()
export class ListsController {
  constructor(
    private readonly grantsOf: ActiveGrants,
    private readonly resourcesOf: Resources,
    private readonly usersOf: Users,
    private readonly tenantsOf: Tenants,
    private readonly bus: CommandBus,
    private readonly tenancy: Tenancy,
    private readonly answer: ListAnswer,
  ) {}

  @On(endpoints.grants)
  grants(call: CallOf<typeof endpoints.grants>) {
    const { agent, principal, resource, connection, status } = call.query;
    return this.answer.of('grants', call, call.query, (paging) =>
      this.grantsOf.list(call.tenant.id, { ...paging, agentId: agent, principal, resourceId: resource ?? connection, status }), listedGrantView);
  }

  @On(endpoints.resources)
  resources(call: CallOf<typeof endpoints.resources>) {
    const { status, q } = call.query;
    return this.answer.of('resources', call, call.query, (paging) => this.resourcesOf.list(call.tenant.id, { ...paging, status, search: q }), listedResource);
  }

  @On(endpoints.users)
  async users(call: CallOf<typeof endpoints.users>) {
    const { status, role, reveal } = call.query;
    if (reveal) call.needs('directory:write');
    const page = await this.answer.of('users', call, call.query, (paging) => this.usersOf.list(call.tenant.id, { ...paging, status, role }), listedUser);
    if (!reveal) return page;
    const people = await this.bus.execute(new DisclosePeople(page.items.map(({ user_id }) => user_id), call.agentId, call.context));
    return { ...page, items: page.items.map((user, n) => ({ ...user, ...people[n] })) };
  }

  @On(endpoints.tenants)
  tenants(call: CallOf<typeof endpoints.tenants>) {
    return this.answer.of('tenants', call, call.query, (paging) => this.tenantsOf.everyTenant(paging), (tenant: ListedTenant) => ({
      ...tenantView(tenant, this.tenancy.issuerOf(tenant)), created_at: tenant.createdAt,
    }));
  }
}

const listedResource = ({ registeredAt, withdrawnReason, ...resource }: ListedResource) => {
  const { has_secret: _unknown, ...view } = resourceView(resource);
  return { ...view, registered_at: registeredAt, ...(withdrawnReason === undefined ? {} : { withdrawn_reason: withdrawnReason }) };
};

const listedUser = ({ userId, status, roles, registeredAt, lastSignedInAt }: ListedUser) => ({
  user_id: userId, status, roles: [...roles], registered_at: registeredAt, ...(lastSignedInAt === undefined ? {} : { last_signed_in_at: lastSignedInAt }),
});
