import { Injectable } from '@nestjs/common';
import type { RegistrationPolicy } from '../../domain/tenant/tenant.decider.js';
import { EVERY_TENANT, type Found, type Page, type PageRequest, ReadModels } from '../read-models.js';
import { tenants, tenantsTable } from './tenants.projection.js';

export interface ListedTenant {
  readonly tenantId: string;
  readonly slug: string;
  readonly name: string;
  readonly host?: string;
  readonly status: 'active' | 'suspended';
  readonly registration: RegistrationPolicy;
  readonly defaultResourceId?: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What tenants there are. */
@Injectable()
export class Tenants {
  constructor(private readonly models: ReadModels) {}

  /** All tenants of the deployment, newest first: for who runs the deployment, never for a tenant's own people. */
  async everyTenant(request: PageRequest = {}): Promise<Page<ListedTenant>> {
    const page = await this.models.page({ of: tenants, table: tenantsTable, tenant: EVERY_TENANT }, request);
    return { ...page, items: page.items.map(shown) };
  }
}

const shown = ({ tenant, position: _, ...row }: Found<typeof tenantsTable.columns>): ListedTenant => ({ ...row, tenantId: tenant });
