import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT, TenantDirectory } from '../../commands/tenants/tenant-directory.js';
import type { CommandContext } from '../../commands/command-context.js';
import { type Soon, whenHere } from '../../commands/soon.js';
import { type Actor, ANONYMOUS } from '../../domain/kernel/event.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Settings } from '../../domain/ports/settings.js';
import type { KnownTenant } from '../../domain/tenant/tenant.decider.js';
import type { Asked } from './asked.js';
import { networkOfAddress } from './network.js';
import { tenantSlugOf } from './tenant-route.js';

/** The tenant that a request is for, and its issuer, byte for byte as metadata and tokens have it. */
export interface TenantContext {
  readonly id: string;
  readonly tenant: KnownTenant;
  readonly issuer: string;
}

/** From host and path to tenant. Forwarded headers are not looked at: whoever sends them is not known (DM-02). */
@Injectable()
export class Tenancy {
  private readonly publicHost: string;

  constructor(private readonly tenants: TenantDirectory, private readonly settings: Settings) {
    this.publicHost = new URL(settings.publicUrl).host;
  }

  /** Throws Refusal('tenant.unknown'), or 'tenant.ambiguous' when host and path disagree. */
  of(request: Asked): Soon<TenantContext> {
    const slug = tenantSlugOf(request.raw);
    const { host } = request.headers;
    const isNamed = slug !== undefined || (host !== undefined && host !== this.publicHost);
    return whenHere(isNamed ? this.named(slug, host) : this.tenants.byId(DEFAULT_TENANT), (tenant) => {
      if (!tenant) throw new Refusal('tenant.unknown', 'There is no such tenant here.');
      return { id: tenant.tenantId, tenant, issuer: this.issuerOf(tenant) };
    });
  }

  private async named(slug: string | undefined, host: string | undefined): Promise<KnownTenant | undefined> {
    const ofHost = host === undefined || host === this.publicHost ? undefined : await this.tenants.byName('host', host);
    if (slug === undefined) return ofHost ?? this.tenants.byId(DEFAULT_TENANT);
    const ofPath = await this.tenants.byName('slug', slug);
    // Neither wins: who set up the one and who sends the other need not be the same (MT-03).
    if (ofHost && ofHost.tenantId !== ofPath?.tenantId) throw new Refusal('tenant.ambiguous', 'The host and the path of this address name different tenants.');
    return ofPath;
  }

  issuerOf({ tenantId, slug, host }: Pick<KnownTenant, 'tenantId' | 'slug' | 'host'>): string {
    const { publicUrl } = this.settings;
    if (tenantId === DEFAULT_TENANT) return publicUrl;
    return host === undefined ? `${publicUrl}/t/${slug}` : `${new URL(publicUrl).protocol}//${host}`;
  }
}

export const contextOf = (tenant: TenantContext, request: Asked, actor: Actor = ANONYMOUS): CommandContext => ({
  tenant: tenant.id, actor, correlationId: request.id, network: networkOf(request),
});

export const asPerson = (tenant: TenantContext, request: Asked, { userId }: { readonly userId: string }): CommandContext => contextOf(tenant, request, { kind: 'user', id: userId });

/** The network a request came from, coarse enough not to name a person. */
export const networkOf = ({ ip }: Asked): string => networkOfAddress(ip);
