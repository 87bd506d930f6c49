import { Injectable } from '@nestjs/common';
import { agent } from '../../domain/agent/agent.decider.js';
import type { Approver } from '../../domain/approval/approval.events.js';
import type { Principal } from '../../domain/grant/principal.js';
import { streams } from '../../domain/kernel/ids.js';
import { type User, user } from '../../domain/user/user.decider.js';
import { TENANT_ADMINS } from '../agents/tenant-admins.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';

/** Who answers for what an agent does, and so may confirm it. */
@Injectable()
export class Accountable {
  constructor(private readonly live: LiveState) {}

  /** The person on whose authority it happens; where an agent acts for itself, its owner. */
  async of(tenant: string, principal: Principal): Promise<Approver> {
    if (principal.kind === 'user') return { kind: 'user', id: principal.id };
    const { state } = await this.live.entry(agent, streams.agent(principal.id), tenant);
    return state.status === 'unknown' ? TENANT_ADMINS : state.owner;
  }

  /** Undefined where a team is asked. */
  async person(tenant: string, approver: Approver): Promise<LiveEntry<User> | undefined> {
    return approver.kind === 'user' ? this.live.entry(user, streams.user(approver.id), tenant) : undefined;
  }

  /** For a team an administrator answers: the hub knows teams by name only. */
  async mayAnswer(tenant: string, approver: Approver, userId: string): Promise<boolean> {
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    if (state.status !== 'active') return false;
    return approver.kind === 'user' ? approver.id === userId : state.roles.includes('admin');
  }
}
