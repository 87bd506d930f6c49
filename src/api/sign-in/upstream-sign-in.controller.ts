import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BeginUpstreamSignIn } from '../../commands/identity-providers/begin-upstream-sign-in.js';
import { FinishUpstreamSignIn, SignInRefused } from '../../commands/identity-providers/finish-upstream-sign-in.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { PageError } from '../browser/page-error.js';
import { PostedForms } from '../browser/posted-forms.js';
import { SignInPages, continued, wantsFreshSignIn } from './sign-in-pages.js';
import { Attempts } from '../http/attempts.js';
import { readCookie } from '../browser/cookies.js';
import { type TenantContext, Tenancy, contextOf, networkOf } from '../http/tenancy.js';
import { whenceOf } from '../browser/whence.js';
import { asPage, canTryAgain, statusOf } from './refused-sign-in.js';
import { sendAway } from '../browser/send-page.js';

/** The way to an identity provider and back. One address for each provider, so that no answer can be taken for another's (DM-05). */
@Controller('sign-in/with/:name')
export class UpstreamSignInController {
  private readonly perNetwork = new Attempts(120, 60_000);

  constructor(
    private readonly tenancy: Tenancy,
    private readonly forms: PostedForms,
    private readonly pages: SignInPages,
    private readonly clock: Clock,
    private readonly bus: CommandBus,
  ) {}

  @Post()
  async begin(@Param('name') name: string, @Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    this.throttle(http);
    const form = await this.forms.read(tenant, http, reply, 'for nobody');
    const next = await form.next();
    const wish = { tenant: tenant.id, issuer: tenant.issuer, name, browser: form.browser, next, fresh: wantsFreshSignIn(next), link: undefined };
    try {
      sendAway(reply, (await this.bus.execute(new BeginUpstreamSignIn(wish))).url);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new PageError(404, 'You can\'t sign in with this', 'There is no such identity provider here, or not any more.', 'Go back and choose another way to sign in.');
    }
  }

  @Get('callback')
  async callback(@Param('name') name: string, @Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    this.throttle(http);
    const { tenant: id, correlationId } = contextOf(tenant, http);
    const answer = { name, query: http.url.split('?').slice(1).join('?'), browser: readCookie(http, tenant, 'browser'), sessionCookie: readCookie(http, tenant, 'session'), whence: whenceOf(http) };
    try {
      const { signedIn, next } = await this.bus.execute(new FinishUpstreamSignIn(answer, { tenant: id, correlationId }));
      if (signedIn) this.pages.goOn(tenant, http, reply, next, signedIn);
      else sendAway(reply, continued(tenant.issuer, next));
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error;
      await this.refused(tenant, http, reply, error);
    }
  }

  /** Where another try may help, the sign-in page again, with everything that it was needed for. */
  private async refused(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, { refusal, next, isLink }: SignInRefused): Promise<void> {
    if (next === undefined || isLink || !canTryAgain(refusal)) throw asPage(refusal, isLink);
    return this.pages.send(tenant, http, reply, next, { status: statusOf(refusal), error: refusal.message });
  }

  private throttle(http: FastifyRequest): void {
    if (this.perNetwork.take(networkOf(http), this.clock.now()) === undefined) return;
    throw new PageError(429, 'Too many attempts', 'There were too many attempts to sign in from your network.', 'Wait a minute and try again.');
  }
}
