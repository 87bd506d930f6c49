import { Controller, Get, Header, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SignInWithPasskey } from '../../commands/sign-in/sign-in-with-passkey.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Attempts } from '../http/attempts.js';
import { Tenancy, contextOf, networkOf } from '../http/tenancy.js';
import { whenceOf } from '../browser/whence.js';
import { passkeyScript } from '../pages/passkey-script.js';
import { PageError } from '../browser/page-error.js';
import { proofOf } from './factor-prompts.js';
import { PostedForms } from '../browser/posted-forms.js';
import { SignInPages, signInOccasion } from './sign-in-pages.js';
import { Transactions } from '../browser/transactions.js';

const WRONG = 'This passkey does not open an account here. Try again, or use your password.';

/** People who sign in with a passkey alone, and the one script of our pages. */
@Controller()
export class PasskeySignInController {
  private readonly perNetwork = new Attempts(100, 900_000);

  constructor(
    private readonly tenancy: Tenancy,
    private readonly forms: PostedForms,
    private readonly pages: SignInPages,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly bus: CommandBus,
  ) {}

  @Get('passkeys.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  @Header('cross-origin-resource-policy', 'same-origin')
  @Header('cache-control', 'public, max-age=300')
  script(): string {
    return passkeyScript;
  }

  @Post('sign-in/passkey')
  async signIn(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const form = await this.forms.read(tenant, http, reply, 'for nobody');
    const next = await form.next();
    if (this.perNetwork.take(networkOf(http), this.clock.now()) !== undefined)
      throw new PageError(429, 'Too many attempts', 'There were too many attempts to sign in.', 'Wait 15 minutes and try again.');
    const proof = proofOf(form.fields);
    const { tenant: id, correlationId } = contextOf(tenant, http);
    const occasion = signInOccasion(tenant, form.browser);
    try {
      if (proof?.kind !== 'passkey') return this.pages.send(tenant, http, reply, next, { error: WRONG });
      const signedIn = await this.bus.execute(new SignInWithPasskey(proof, occasion, whenceOf(http), { tenant: id, correlationId }));
      if (!signedIn) return this.pages.send(tenant, http, reply, next, { error: WRONG });
      this.transactions.keep(reply, tenant, form.browser);
      return this.pages.goOn(tenant, http, reply, next, signedIn);
    } catch (error) {
      if (!(error instanceof Refusal) || !error.code.startsWith('factor.')) throw error;
      return this.pages.send(tenant, http, reply, next, { error: WRONG });
    }
  }
}
