import { projection } from '../projection.js';
import { json, nullable, ordered, prose, table, text } from '../table.js';
import type { RegistrationPolicy } from '../../domain/tenant/tenant.decider.js';

export const tenantsTable = table({
  name: 'tenants',
  key: ['tenant'],
  columns: {
    tenant: text(), slug: text(), name: prose(), host: nullable(text()), status: text<'active' | 'suspended'>(),
    registration: json<RegistrationPolicy>(), defaultResourceId: nullable(text()), createdAt: ordered(), position: ordered(),
  },
  indexes: [['position']],
});

/** The tenants of the deployment. */
export const tenants = projection({
  name: 'tenants',
  version: 2,
  tables: [tenantsTable],
  on: {
    TenantCreated: ({ tenant, data: { slug, name, host }, recordedAt, position }) =>
      tenantsTable.put({
        tenant, slug, name, host: host ?? null, status: 'active',
        registration: { dynamic: 'open', metadataDocuments: 'open', allowedHosts: [] }, defaultResourceId: null, createdAt: recordedAt, position,
      }),
    RegistrationPolicyChanged: ({ tenant, data }) => tenantsTable.update({ tenant }, { registration: data }),
    DefaultResourceChosen: ({ tenant, data: { resourceId } }) => tenantsTable.update({ tenant }, { defaultResourceId: resourceId }),
    TenantSuspended: ({ tenant }) => tenantsTable.update({ tenant }, { status: 'suspended' }),
    TenantResumed: ({ tenant }) => tenantsTable.update({ tenant }, { status: 'active' }),
  },
});
