import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CompleteSignIn } from '../../commands/sign-in/complete-sign-in.js';
import type { Occasion } from '../../commands/factors/factor-challenges.js';
import { type Session, Sessions } from '../../commands/sign-in/sessions.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { readCookie, setCookie } from '../browser/cookies.js';
import { sendPageWithScript } from '../browser/send-page.js';
import { type TenantContext, Tenancy, asPerson } from '../http/tenancy.js';
import { whenceOf } from '../browser/whence.js';
import { confirmPage } from '../pages/confirm-page.js';
import { basePathOf } from '../pages/safe-url.js';
import { FactorPrompts, proofOf } from './factor-prompts.js';
import { PostedForms } from '../browser/posted-forms.js';
import { SignInPages } from './sign-in-pages.js';
import { Transactions } from '../browser/transactions.js';

/** Between the password and the session: the one thing that half a session is good for (AZ-10). */
@Controller('sign-in/factor')
export class SecondFactorController {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly sessions: Sessions,
    private readonly prompts: FactorPrompts,
    private readonly pages: SignInPages,
    private readonly forms: PostedForms,
    private readonly transactions: Transactions,
    private readonly bus: CommandBus,
  ) {}

  @Get()
  async ask(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const half = await this.half(tenant, http);
    const sealed = (http.query as { readonly next?: unknown }).next;
    const next = typeof sealed === 'string' ? this.transactions.open(tenant, this.transactions.browser(http, reply, tenant), sealed) : '';
    if (!half) return this.pages.send(tenant, http, reply, next);
    return this.show(tenant, http, reply, half, next);
  }

  @Post()
  async answer(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const form = await this.forms.read(tenant, http, reply, 'for nobody');
    const next = await form.next();
    const half = await this.half(tenant, http);
    const proof = proofOf(form.fields);
    if (!half) return this.pages.send(tenant, http, reply, next);
    if (!proof) return this.show(tenant, http, reply, half, next, 'Nothing was shown. Try again.');
    try {
      const context = asPerson(tenant, http, half);
      const signedIn = await this.bus.execute(new CompleteSignIn(half, { proof, occasion: { ...occasionOf(tenant, half), browser: form.browser } }, whenceOf(http), context));
      if (!signedIn) return this.pages.send(tenant, http, reply, next);
      this.transactions.keep(reply, tenant, form.browser);
      return this.pages.goOn(tenant, http, reply, next, signedIn);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.show(tenant, http, reply, half, next, error.message);
    }
  }

  @Post('cancel')
  async cancel(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const form = await this.forms.read(tenant, http, reply, 'for nobody');
    const next = await form.next();
    const half = await this.half(tenant, http);
    if (half) await this.sessions.end(tenant.id, half);
    setCookie(reply, tenant, 'session', '', 0);
    return this.pages.send(tenant, http, reply, next);
  }

  private half(tenant: TenantContext, http: FastifyRequest): Promise<Session | undefined> {
    return this.sessions.half(tenant.id, readCookie(http, tenant, 'session'));
  }

  private async show(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, half: Session, next: string, error?: string): Promise<void> {
    const base = `${basePathOf(tenant.issuer)}/sign-in/factor`;
    const browser = this.transactions.browser(http, reply, tenant);
    const [csrf, transaction] = [this.transactions.csrf(tenant, browser, 'nobody'), this.transactions.seal(tenant, browser, next)];
    const choice = await this.prompts.of(half.userId, occasionOf(tenant, half));
    sendPageWithScript(reply, error === undefined ? 200 : 401, confirmPage({
      tenantName: tenant.tenant.name, title: 'Confirm that it is you', error,
      lead: choice ? `${half.upstream ? 'Your identity provider says who you are.' : 'Your password was right.'} Show your second factor to sign in.` : 'Your second factor can’t be used any more. An administrator can take it away.',
      prompt: choice && { ...choice, action: base, csrf, fields: { transaction }, verb: 'Sign in' },
      giveUp: { action: `${base}/cancel`, csrf, transaction },
    }));
  }
}

const occasionOf = (tenant: TenantContext, half: Session): Occasion => ({ tenant: tenant.id, issuer: tenant.issuer, purpose: 'second-factor', who: half.digest });
