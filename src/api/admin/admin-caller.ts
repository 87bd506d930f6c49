import type { CommandContext } from '../../commands/command-context.js';
import { ADMIN_SCOPES } from '../../commands/resources/hub-resources.js';
import { DEFAULT_TENANT } from '../../commands/tenants/tenant-directory.js';
import type { Principal } from '../../domain/grant/principal.js';
import type { TenantContext } from '../http/tenancy.js';
import { insufficientScope } from './admin-problems.js';

export type AdminScope = (typeof ADMIN_SCOPES)[number]['name'];

/** What concerns more than one tenant is the deployment's affair: only from the default one it may be done. */
const OF_THE_DEPLOYMENT: ReadonlySet<AdminScope> = new Set(['tenants:write', 'deployment:backup', 'deployment:keys', 'deployment:release']);
export const scopesOfTenant = (tenantId: string): readonly AdminScope[] =>
  ADMIN_SCOPES.map(({ name }) => name).filter((scope) => tenantId === DEFAULT_TENANT || !OF_THE_DEPLOYMENT.has(scope));

/** Who calls the admin API, and what holds of the token at this moment. */
export class AdminCaller {
  readonly tenant: TenantContext;
  readonly context: CommandContext;
  readonly principal: Principal;
  readonly agentId: string;
  /** Of the user on whose authority it happens; empty for an agent that acts for itself. */
  readonly roles: readonly string[];
  readonly scopes: ReadonlySet<AdminScope>;
  /** NumericDate. */
  readonly expiresAt: number;
  /** When the user signed in, NumericDate; undefined for an agent that acts for itself. */
  readonly authTime: number | undefined;

  constructor(facts: Pick<AdminCaller, 'tenant' | 'context' | 'principal' | 'agentId' | 'roles' | 'scopes' | 'expiresAt' | 'authTime'>) {
    this.tenant = facts.tenant;
    this.context = facts.context;
    this.principal = facts.principal;
    this.agentId = facts.agentId;
    this.roles = facts.roles;
    this.scopes = facts.scopes;
    this.expiresAt = facts.expiresAt;
    this.authTime = facts.authTime;
  }

  may(scope: AdminScope): boolean {
    return this.scopes.has(scope);
  }

  /** Throws 403 insufficient_scope. */
  needs(scope: AdminScope): void {
    if (!this.may(scope)) throw insufficientScope(this.tenant.issuer, scope);
  }
}
