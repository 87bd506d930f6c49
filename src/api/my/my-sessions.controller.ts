import { Controller, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangePassword } from '../../commands/users/change-password.js';
import { EndSessions } from '../../commands/sign-in/end-sessions.js';
import { SESSION_LIFETIME, Sessions } from '../../commands/sign-in/sessions.js';
import { SignOut } from '../../commands/sign-in/sign-out.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Attempts } from '../http/attempts.js';
import { setCookie } from '../browser/cookies.js';
import { whenceOf } from '../browser/whence.js';
import { basePathOf } from '../pages/safe-url.js';
import { SecurityForms } from './security-forms.js';
import { sendOn } from '../browser/send-page.js';

const DIGEST = /^[\w-]{43}$/;

/** Where a person is signed in, and the password that they sign in with. */
@Controller('my/security')
export class MySessionsController {
  private readonly guesses = new Attempts(10, 900_000);

  constructor(
    private readonly forms: SecurityForms,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly bus: CommandBus,
  ) {}

  @Post('sign-out')
  signOut(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.forms.take(http, reply, async ({ tenant, session, fields, context }) => {
      const digest = fields.get('session') ?? '';
      const named = DIGEST.test(digest) ? await this.sessions.named(tenant.id, session.userId, digest) : undefined;
      if (named) await this.bus.execute(new SignOut(named, context));
      return { notice: 'That browser is signed out.' };
    });
  }

  @Post('sign-out-others')
  signOutOthers(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.forms.take(http, reply, async ({ session, context }) => {
      await this.bus.execute(new EndSessions(session.userId, session, context));
      return { notice: 'You are signed out everywhere else.' };
    });
  }

  @Post('password')
  changePassword(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.forms.take(http, reply, async ({ tenant, session, fields, context }) => {
      if (this.guesses.take(`${tenant.id} ${session.userId}`, this.clock.now()) !== undefined) throw new Refusal('factor.locked', 'There were too many attempts. Wait 15 minutes.');
      const given = { current: fields.get('current') ?? '', password: fields.get('password') ?? '' };
      const signedIn = await this.bus.execute(new ChangePassword(session, given, whenceOf(http), context));
      setCookie(reply, tenant, 'session', signedIn?.cookie ?? '', signedIn ? SESSION_LIFETIME : 0);
      sendOn(reply, `${basePathOf(tenant.issuer)}/my/security`);
      return undefined;
    });
  }
}
