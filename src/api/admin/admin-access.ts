import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LiveState } from '../../commands/live-state.js';
import { adminApiUri } from '../../commands/resources/hub-resources.js';
import { secondLook } from '../../commands/second-look.js';
import { whenHere } from '../../commands/soon.js';
import { InspectToken } from '../../commands/tokens/inspect-token.js';
import type { Principal } from '../../domain/grant/principal.js';
import { streams } from '../../domain/kernel/ids.js';
import { user } from '../../domain/user/user.decider.js';
import { bearerToken } from '../http/bearer.js';
import { Tenancy, type TenantContext, contextOf } from '../http/tenancy.js';
import { AdminCaller, type AdminScope, scopesOfTenant } from './admin-caller.js';
import { unauthenticated } from './admin-problems.js';

const READING: readonly AdminScope[] = ['directory:read', 'history:read'];

/** The admin API is a resource of the hub like any other: its tokens are judged by the decision that issues them. */
@Injectable()
export class AdminAccess {
  constructor(private readonly tenancy: Tenancy, private readonly inspect: InspectToken, private readonly live: LiveState) {}

  /** Throws ApiProblem: 401 without a token that holds now, 403 when the scope is not among those it has. */
  async check(request: FastifyRequest, scope: AdminScope): Promise<AdminCaller> {
    const caller = await this.identify(request, scope);
    caller.needs(scope);
    return caller;
  }

  /** As `check`, for a caller whose scopes are looked at later; `scope` is what the challenge asks for. */
  async identify(request: FastifyRequest, scope: AdminScope): Promise<AdminCaller> {
    const tenant = await this.tenancy.of(request);
    const jwt = bearerToken(request);
    const caller = jwt === undefined ? undefined : await this.caller(tenant, jwt, request);
    if (!caller) throw unauthenticated(tenant.issuer, scope, request.headers.authorization !== undefined);
    return caller;
  }

  private async caller(tenant: TenantContext, jwt: string, request: FastifyRequest): Promise<AdminCaller | undefined> {
    const claims = await this.inspect.active(tenant.id, tenant.issuer, jwt);
    if (!claims || claims.aud !== adminApiUri(tenant.issuer)) return undefined;
    const principal = this.inspect.principal(claims);
    const roles = await this.rolesOf(tenant.id, principal);
    // Asked here too, at each use: a policy that somebody wrote without this rule must not open the admin API to everybody.
    if (principal.kind === 'user' && !mayComeIn(roles)) return undefined;
    return new AdminCaller({
      tenant, principal, roles, agentId: claims.agent, expiresAt: claims.exp, authTime: claims.auth_time,
      context: contextOf(tenant, request, this.inspect.actor(claims)),
      scopes: new Set(usable(claims.scope.split(' '), tenant, roles)),
    });
  }

  private async rolesOf(tenant: string, { kind, id }: Principal): Promise<readonly string[]> {
    if (kind === 'agent') return [];
    const look = () => whenHere(this.live.entry(user, streams.user(id), tenant), ({ state }) => (state.status === 'unknown' ? [] : state.roles));
    return secondLook(this.live, look, mayComeIn);
  }
}

const mayComeIn = (roles: readonly string[]): boolean => roles.includes('admin') || roles.includes('auditor');

const usable = (carried: readonly string[], tenant: TenantContext, roles: readonly string[]): readonly AdminScope[] => {
  // An auditor looks and does not touch, whatever was consented to.
  const onlyReads = roles.includes('auditor') && !roles.includes('admin');
  return scopesOfTenant(tenant.id).filter((scope) => carried.includes(scope) && (!onlyReads || READING.includes(scope)));
};
