import { Injectable } from '@nestjs/common';
import { grantIdOf, resourceIdOf } from '../../commands/derived-ids.js';
import { LiveState } from '../../commands/live-state.js';
import { adminApiUri } from '../../commands/resources/hub-resources.js';
import { grant } from '../../domain/grant/grant.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { user } from '../../domain/user/user.decider.js';
import { type AdminCaller, type AdminScope, scopesOfTenant } from './admin-caller.js';
import { conflict, escalation } from './admin-problems.js';

/**
 * Nobody comes to more power over the hub than he has by way of the hub's own API (AD-05): not by granting it, not by
 * giving a role that has it, and not by taking over an account or an agent that has it.
 */
@Injectable()
export class Escalation {
  constructor(private readonly live: LiveState, private readonly crypto: Crypto) {}

  adminApiId({ tenant }: AdminCaller): string {
    return resourceIdOf(this.crypto, tenant.id, adminApiUri(tenant.issuer));
  }

  /** The admin API itself is made by the hub; to change it would be to lock everybody out, or somebody in. */
  checkNotAdminApi(caller: AdminCaller, resourceId: string): void {
    if (resourceId === this.adminApiId(caller)) throw conflict('resource.protected', 'The admin API belongs to the hub and can\'t be changed.');
  }

  checkScopes(caller: AdminCaller, resourceId: string, scopes: readonly string[]): void {
    if (resourceId !== this.adminApiId(caller)) return;
    const missing = scopes.find((scope) => !caller.may(scope as AdminScope));
    if (missing !== undefined) throw escalation(`Your token does not carry ${missing}, so you can't give it away.`);
  }

  /** A role opens what policies say it opens: only who has it, or an administrator, gives or takes it. */
  checkRoles(caller: AdminCaller, roles: readonly string[]): void {
    if (this.mayEverything(caller)) return;
    // An agent that was lent a part of an administrator's power must not make itself a whole administrator.
    if (roles.includes('admin')) throw escalation('To deal with administrators, use a token that carries every scope of this API.');
    const missing = roles.find((role) => !caller.roles.includes(role) && !caller.roles.includes('admin'));
    if (missing !== undefined) throw escalation(`You don't have the role ${missing}.`);
  }

  /** Whoever gets an agent's secret can do what the agent may do by itself. */
  async checkTakeOver(caller: AdminCaller, agentId: string): Promise<void> {
    const tenant = caller.tenant.id;
    const resourceId = this.adminApiId(caller);
    const grantId = grantIdOf(this.crypto, tenant, agentId, { kind: 'agent', id: agentId }, resourceId);
    const { state } = await this.live.entry(grant, streams.grant(grantId), tenant);
    if (state.status === 'active') this.checkScopes(caller, resourceId, state.scopes);
  }

  /** Whoever sets a person's password can do what the person may do. */
  async checkAccount(caller: AdminCaller, userId: string): Promise<void> {
    if (caller.principal.id === userId) return;
    const { state } = await this.live.entry(user, streams.user(userId), caller.tenant.id);
    if (state.status !== 'unknown') this.checkRoles(caller, state.roles);
  }

  /** To shut oneself out is a mistake, and with the last administrator one that nobody could put right (AD-12). */
  checkNotSelf(caller: AdminCaller, userId: string): void {
    if (caller.principal.id === userId) throw conflict('user.self', 'Another administrator has to do this to your own account.');
  }

  private mayEverything(caller: AdminCaller): boolean {
    const isTop = caller.principal.kind === 'agent' || caller.roles.includes('admin');
    return isTop && scopesOfTenant(caller.tenant.id).every((scope) => caller.may(scope));
  }
}
