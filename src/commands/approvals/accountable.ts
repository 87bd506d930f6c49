import { Injectable } from '@nestjs/common';
import { type Agent, agent } from '../../domain/agent/agent.decider.js';
import type { Approver } from '../../domain/approval/approval.events.js';
import type { Principal } from '../../domain/grant/principal.js';
import { streams } from '../../domain/kernel/ids.js';
import { type User, user } from '../../domain/user/user.decider.js';
import { TENANT_ADMINS } from '../agents/tenant-admins.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';

export interface AnswersStill {
  readonly relied: readonly LiveEntry[];
  holds(): boolean;
}

const ownerOf = (state: Agent): Approver => (state.status === 'unknown' ? TENANT_ADMINS : state.owner);

/** For a team an administrator answers: the hub knows teams by name only. */
const answers = (state: User, approver: Approver): boolean =>
  state.status === 'active' && (approver.kind === 'user' ? approver.id === state.userId : state.roles.includes('admin'));

/** Who answers for what an agent does, and so may confirm it. */
@Injectable()
export class Accountable {
  constructor(private readonly live: LiveState) {}

  /** The person on whose authority it happens; where an agent acts for itself, its owner. */
  async of(tenant: string, principal: Principal): Promise<Approver> {
    return principal.kind === 'user' ? { kind: 'user', id: principal.id } : this.owner(tenant, principal.id);
  }

  async owner(tenant: string, agentId: string): Promise<Approver> {
    return ownerOf((await this.live.entry(agent, streams.agent(agentId), tenant)).state);
  }

  /**
   * Whether `userId`, whose word was asked for by `approver`, still answers for `principal`: asked of live entries, so that it can
   * be asked again at the place of what was confirmed. A new owner has not confirmed what the old one did.
   */
  async standing(tenant: string, { principal, approver, userId }: { readonly principal: Principal; readonly approver: Approver; readonly userId: string }): Promise<AnswersStill> {
    const person = await this.live.entry(user, streams.user(userId), tenant);
    const self = principal.kind === 'agent' ? await this.live.entry(agent, streams.agent(principal.id), tenant) : undefined;
    return {
      relied: [person as LiveEntry, ...(self ? [self as LiveEntry] : [])],
      holds: () => {
        const now = self ? ownerOf(self.state) : principal;
        return now.kind === approver.kind && now.id === approver.id && answers(person.state, approver);
      },
    };
  }

  /** Undefined where a team is asked. */
  async person(tenant: string, approver: Approver): Promise<LiveEntry<User> | undefined> {
    return approver.kind === 'user' ? this.live.entry(user, streams.user(approver.id), tenant) : undefined;
  }

  async mayAnswer(tenant: string, approver: Approver, userId: string): Promise<boolean> {
    const isTheirs = ({ state }: LiveEntry<User>): boolean => answers(state, approver);
    return isTheirs(await secondLook(this.live, () => this.live.entry(user, streams.user(userId), tenant), isTheirs));
  }
}
