import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { LiveState } from '../../../commands/live-state.js';
import { ChangeUser } from '../../../commands/users/change-user.js';
import { DisclosePeople } from '../../../commands/users/disclose-people.js';
import { EraseUser } from '../../../commands/users/erase-user.js';
import { RegisterUser } from '../../../commands/users/register-user.js';
import { SetPassword } from '../../../commands/users/set-password.js';
import type { Position } from '../../../domain/kernel/event.js';
import { streams } from '../../../domain/kernel/ids.js';
import { user } from '../../../domain/user/user.decider.js';
import type { CallAt, CallOf } from '../endpoint.js';
import { Escalation } from '../escalation.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { type UserView, userView } from './user-view.js';
import { userEndpoints as endpoints } from './users.endpoints.js';

/** People's accounts: roles, passwords, in and out. */
@Controller()
export class UsersController {
  constructor(
    private readonly bus: CommandBus,
    private readonly present: Present,
    private readonly escalation: Escalation,
    private readonly live: LiveState,
  ) {}

  @On(endpoints.read)
  async read(call: CallOf<typeof endpoints.read>): Promise<UserView> {
    const { user_id } = call.parameters;
    if (call.query.reveal) call.needs('directory:write');
    const known = await this.present.user(call.tenant.id, user_id);
    const [revealed] = call.query.reveal ? await this.bus.execute(new DisclosePeople([user_id], call.agentId, call.context)) : [];
    return userView(known, revealed);
  }

  @On(endpoints.register)
  async register(call: CallOf<typeof endpoints.register>): Promise<UserView> {
    const { password, ...person } = call.body;
    this.escalation.checkRoles(call, person.roles);
    const { userId } = await this.bus.execute(new RegisterUser({ ...person, ...(password === undefined ? {} : { password }) }, call.context));
    call.wrote(await this.positionOf(call.tenant.id, userId));
    return this.view(call.tenant.id, userId);
  }

  @On(endpoints.changeRoles)
  async changeRoles(call: CallOf<typeof endpoints.changeRoles>): Promise<UserView> {
    const { roles } = await this.present.user(call.tenant.id, call.parameters.user_id);
    const given = call.body.roles;
    const changed = [...roles.filter((role) => !given.includes(role)), ...given.filter((role) => !roles.includes(role))];
    this.escalation.checkRoles(call, changed);
    if (roles.includes('admin') && !given.includes('admin')) this.escalation.checkNotSelf(call, call.parameters.user_id);
    return this.change(call, { type: 'ChangeRoles', roles: [...new Set(given)] });
  }

  @On(endpoints.changeClaims)
  async changeClaims(call: CallOf<typeof endpoints.changeClaims>): Promise<UserView> {
    await this.escalation.checkAccount(call, call.parameters.user_id);
    return this.change(call, { type: 'ChangeClaims', claims: call.body.claims });
  }

  @On(endpoints.disable)
  async disable(call: CallOf<typeof endpoints.disable>): Promise<UserView> {
    this.escalation.checkNotSelf(call, call.parameters.user_id);
    await this.escalation.checkAccount(call, call.parameters.user_id);
    return this.change(call, { type: 'DisableUser', reason: call.body.reason });
  }

  @On(endpoints.enable)
  async enable(call: CallOf<typeof endpoints.enable>): Promise<UserView> {
    await this.escalation.checkAccount(call, call.parameters.user_id);
    return this.change(call, { type: 'EnableUser' });
  }

  @On(endpoints.erase)
  async erase(call: CallOf<typeof endpoints.erase>): Promise<UserView> {
    const { user_id } = call.parameters;
    this.escalation.checkNotSelf(call, user_id);
    await this.escalation.checkAccount(call, user_id);
    call.wrote(await this.bus.execute(new EraseUser(user_id, call.body.reason, call.context)));
    return this.view(call.tenant.id, user_id);
  }

  @On(endpoints.setPassword)
  async setPassword(call: CallOf<typeof endpoints.setPassword>): Promise<UserView> {
    const { user_id } = call.parameters;
    await this.present.user(call.tenant.id, user_id);
    await this.escalation.checkAccount(call, user_id);
    await this.bus.execute(new SetPassword(user_id, call.body.password, call.context));
    call.wrote(await this.positionOf(call.tenant.id, user_id));
    return this.view(call.tenant.id, user_id);
  }

  private async change(call: CallAt<'user_id'>, change: ChangeUser['change']): Promise<UserView> {
    call.wrote(await this.bus.execute(new ChangeUser(call.parameters.user_id, change, call.context)));
    return this.view(call.tenant.id, call.parameters.user_id);
  }

  private async view(tenant: string, userId: string): Promise<UserView> {
    return userView(await this.present.user(tenant, userId));
  }

  /** Where the person's record stands now; a command has returned, so at least its own change is in it. */
  private async positionOf(tenant: string, userId: string): Promise<Position> {
    return (await this.live.entry(user, streams.user(userId), tenant)).position;
  }
}
