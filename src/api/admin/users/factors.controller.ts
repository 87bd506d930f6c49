import { Controller } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { LiveState } from '../../../commands/live-state.js';
import { EndSessions } from '../../../commands/sign-in/end-sessions.js';
import { personOf } from '../../../commands/users/person-of.js';
import { ResetFactors } from '../../../commands/factors/reset-factors.js';
import { Sessions } from '../../../commands/sign-in/sessions.js';
import { SignOut } from '../../../commands/sign-in/sign-out.js';
import { acrOf } from '../../../domain/user/authentication.js';
import { codesLeft } from '../../../domain/user/factors.js';
import type { CallOf } from '../endpoint.js';
import { Escalation } from '../escalation.js';
import { On } from '../on.js';
import { type FactorsView, type SessionsView, factorEndpoints as endpoints } from './factors.endpoints.js';

/** How people prove who they are, and where they are signed in, for whoever has to help them. */
@Controller()
export class FactorsController {
  constructor(
    private readonly bus: CommandBus,
    private readonly escalation: Escalation,
    private readonly live: LiveState,
    private readonly sessions: Sessions,
  ) {}

  @On(endpoints.list)
  async list({ tenant, parameters }: CallOf<typeof endpoints.list>): Promise<FactorsView> {
    const { factors } = await personOf(this.live, tenant.id, parameters.user_id);
    return {
      factors: factors.enrolled.map(({ factorId, kind, enrolledAt, lastUsedAt, isDistrusted }) => ({
        factor_id: factorId, kind, enrolled_at: enrolledAt, ...(lastUsedAt === undefined ? {} : { last_used_at: lastUsedAt }), distrusted: isDistrusted,
      })),
      recovery_codes_left: codesLeft(factors),
    };
  }

  @On(endpoints.reset)
  async reset(call: CallOf<typeof endpoints.reset>): Promise<FactorsView> {
    const { user_id } = call.parameters;
    await personOf(this.live, call.tenant.id, user_id);
    this.escalation.checkNotSelf(call, user_id);
    await this.escalation.checkAccount(call, user_id);
    call.wrote(await this.bus.execute(new ResetFactors(user_id, call.body.reason, call.context)));
    return this.list(call as never);
  }

  @On(endpoints.sessions)
  async listSessions({ tenant, parameters }: CallOf<typeof endpoints.sessions>): Promise<SessionsView> {
    const { sessions } = await personOf(this.live, tenant.id, parameters.user_id);
    const alive = await Promise.all(sessions.map(async (one) => ({ one, isAlive: (await this.sessions.named(tenant.id, parameters.user_id, one.digest)) !== undefined })));
    return {
      items: alive.filter(({ isAlive }) => isAlive).map(({ one: { digest, startedAt, methods, network } }) => (
        { session_id: digest, started_at: startedAt, amr: [...methods], acr: acrOf(methods), ...(network === undefined ? {} : { network }) })),
    };
  }

  @On(endpoints.endSessions)
  async endSessions(call: CallOf<typeof endpoints.endSessions>): Promise<SessionsView> {
    const { user_id: userId } = call.parameters;
    await personOf(this.live, call.tenant.id, userId);
    await this.escalation.checkAccount(call, userId);
    const { session_id: digest } = call.body;
    if (digest === undefined) call.wrote(await this.bus.execute(new EndSessions(userId, undefined, call.context)));
    else await this.bus.execute(new SignOut({ userId, digest }, call.context));
    return this.listSessions(call as never);
  }
}
