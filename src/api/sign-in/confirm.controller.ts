import { Controller, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_LIFETIME } from '../../commands/sign-in/sessions.js';
import { StepUp } from '../../commands/sign-in/step-up.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { setCookie } from '../browser/cookies.js';
import { Tenancy, asPerson } from '../http/tenancy.js';
import { proofOf } from './factor-prompts.js';
import { PostedForms } from '../browser/posted-forms.js';
import { SignInPages, nextAfter } from './sign-in-pages.js';
import { StepUpPages, stepUpOccasion } from './step-up-pages.js';
import { Transactions } from '../browser/transactions.js';
import { sendOn } from '../browser/send-page.js';

/** A signed-in person shows one factor more, and what needed it goes on. */
@Controller('sign-in/confirm')
export class ConfirmController {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly forms: PostedForms,
    private readonly stepUp: StepUpPages,
    private readonly pages: SignInPages,
    private readonly transactions: Transactions,
    private readonly bus: CommandBus,
  ) {}

  @Post()
  async confirm(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const { fields, session, browser, next: read } = await this.forms.read(tenant, http, reply);
    const next = await read();
    if (!session) return this.pages.send(tenant, http, reply, next);
    const level = fields.get('level') === '3' ? 3 : 2;
    const proof = proofOf(fields);
    try {
      if (!proof) throw new Refusal('factor.refused', 'Nothing was shown. Try again.');
      const { cookie } = await this.bus.execute(new StepUp(session, proof, { ...stepUpOccasion(tenant, session), browser }, asPerson(tenant, http, session)));
      setCookie(reply, tenant, 'session', cookie, SESSION_LIFETIME);
      this.transactions.keep(reply, tenant, browser);
      sendOn(reply, nextAfter(tenant.issuer, next, '/my/agents'));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await this.stepUp.send(tenant, http, reply, session, { next, level, error: error.message });
    }
  }
}
