import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ChangeTenant } from '../../../commands/tenants/change-tenant.js';
import { CreateTenant } from '../../../commands/tenants/create-tenant.js';
import { DEFAULT_TENANT, TenantDirectory } from '../../../commands/tenants/tenant-directory.js';
import type { RegistrationPolicy } from '../../../domain/tenant/tenant.decider.js';
import { Tenancy } from '../../http/tenancy.js';
import { conflict } from '../admin-problems.js';
import type { CallAt, CallOf } from '../endpoint.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { type TenantView, tenantView } from './tenant-view.js';
import { tenantEndpoints as endpoints } from './tenants.endpoints.js';

/** A tenant's own settings and, from the default tenant, the making of others. */
@Controller()
export class TenantsController {
  constructor(
    private readonly bus: CommandBus,
    private readonly tenants: TenantDirectory,
    private readonly tenancy: Tenancy,
    private readonly present: Present,
  ) {}

  @On(endpoints.readOwn)
  readOwn({ tenant }: CallOf<typeof endpoints.readOwn>): Promise<TenantView> {
    return this.view(tenant.id);
  }

  @On(endpoints.changeOwn)
  async changeOwn(call: CallOf<typeof endpoints.changeOwn>): Promise<TenantView> {
    const { default_resource_id, ...rules } = call.body;
    if (default_resource_id !== undefined) {
      await this.present.resource(call.tenant.id, default_resource_id);
      call.wrote(await this.bus.execute(new ChangeTenant({ type: 'ChooseDefaultResource', resourceId: default_resource_id }, call.context)));
    }
    if (Object.keys(rules).length > 0) {
      const registration = changed(call.tenant.tenant.registration, rules);
      call.wrote(await this.bus.execute(new ChangeTenant({ type: 'ChangeRegistrationPolicy', registration }, call.context)));
    }
    return this.view(call.tenant.id);
  }

  @On(endpoints.create)
  async create(call: CallOf<typeof endpoints.create>) {
    const { slug, name, host, administrator } = call.body;
    const names = { slug, name, ...(host === undefined ? {} : { host }) };
    const wanted = { ...names, issuer: this.tenancy.issuerOf({ tenantId: '', ...names }), ...(administrator === undefined ? {} : { administrator }) };
    const { tenantId, administratorId, position } = await this.bus.execute(new CreateTenant(wanted, call.context));
    call.wrote(position);
    return { ...(await this.view(tenantId)), ...(administratorId === undefined ? {} : { administrator_id: administratorId }) };
  }

  @On(endpoints.suspend)
  suspend(call: CallOf<typeof endpoints.suspend>): Promise<TenantView> {
    // Whoever suspended it could not get in to resume it.
    if (call.parameters.tenant_id === DEFAULT_TENANT) throw conflict('tenant.protected', 'The default tenant administers the others and can\'t be suspended.');
    return this.change(call, { type: 'SuspendTenant', reason: call.body.reason });
  }

  @On(endpoints.resume)
  resume(call: CallOf<typeof endpoints.resume>): Promise<TenantView> {
    return this.change(call, { type: 'ResumeTenant' });
  }

  private async change(call: CallAt<'tenant_id'>, change: ChangeTenant['change']): Promise<TenantView> {
    const { tenant_id } = call.parameters;
    call.wrote(await this.bus.execute(new ChangeTenant(change, { ...call.context, tenant: tenant_id })));
    return this.view(tenant_id);
  }

  private async view(tenantId: string): Promise<TenantView> {
    const tenant = (await this.tenants.byId(tenantId))!;
    return tenantView(tenant, this.tenancy.issuerOf(tenant));
  }
}

type Rules = Omit<CallOf<typeof endpoints.changeOwn>['body'], 'default_resource_id'>;
const changed = (now: RegistrationPolicy, { dynamic_registration, metadata_documents, allowed_hosts }: Rules): RegistrationPolicy => ({
  dynamic: dynamic_registration ?? now.dynamic, metadataDocuments: metadata_documents ?? now.metadataDocuments,
  allowedHosts: allowed_hosts ?? now.allowedHosts,
});
