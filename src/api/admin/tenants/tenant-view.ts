import { z } from 'zod';
import type { KnownTenant } from '../../../domain/tenant/tenant.decider.js';

const openOrClosed = z.enum(['open', 'closed']);
export const registrationRules = z.strictObject({
  dynamic_registration: openOrClosed.describe('RFC 7591: whether software may register itself'),
  metadata_documents: openOrClosed.describe('Whether clients may name themselves by a client ID metadata document; closed, those that did get nothing more'),
  allowed_hosts: z.array(z.string().regex(/^[a-z0-9.-]{1,253}(:\d{1,5})?$/, 'must be a host name in lower case')).max(200)
    .describe('Hosts of metadata documents; empty means every host. Clients of others get nothing more'),
});

export const tenantSchema = registrationRules.extend({
  tenant_id: z.string(), slug: z.string(), name: z.string(), host: z.string().optional(), issuer: z.string(),
  status: z.enum(['active', 'suspended']), default_resource_id: z.string().optional(),
});
export type TenantView = z.infer<typeof tenantSchema>;

export const tenantView = (tenant: KnownTenant, issuer: string): TenantView => ({
  tenant_id: tenant.tenantId, slug: tenant.slug, name: tenant.name, ...(tenant.host === undefined ? {} : { host: tenant.host }), issuer,
  status: tenant.status, ...(tenant.defaultResourceId === undefined ? {} : { default_resource_id: tenant.defaultResourceId }),
  dynamic_registration: tenant.registration.dynamic, metadata_documents: tenant.registration.metadataDocuments,
  allowed_hosts: [...tenant.registration.allowedHosts],
});
