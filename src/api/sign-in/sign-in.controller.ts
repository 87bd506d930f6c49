import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SignOutThere } from '../../commands/identity-providers/sign-out-there.js';
import { SignIn } from '../../commands/sign-in/sign-in.js';
import { SignOut } from '../../commands/sign-in/sign-out.js';
import { setCookie } from '../browser/cookies.js';
import { sendOn, sendPage } from '../browser/send-page.js';
import { Tenancy, asPerson, contextOf } from '../http/tenancy.js';
import { whenceOf } from '../browser/whence.js';
import { signedOutPage } from '../pages/signed-out-page.js';
import { PostedForms } from '../browser/posted-forms.js';
import { SignInAttempts } from './sign-in-attempts.js';
import { SignInPages, nextAfter } from './sign-in-pages.js';

const WRONG = 'E-mail and password do not go together. Check both and try again.';

/** Local accounts. Signing in continues whatever it was needed for. */
@Controller()
export class SignInController {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly pages: SignInPages,
    private readonly forms: PostedForms,
    private readonly attempts: SignInAttempts,
    private readonly there: SignOutThere,
    private readonly bus: CommandBus,
  ) {}

  @Get('sign-in')
  async form(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    // Where only identity providers are used, whoever is to open the door in an emergency asks for the form.
    const emergency = new URLSearchParams(http.url.split('?')[1]).get('account') === 'local';
    return this.pages.needed(tenant, http, reply, '', { emergency });
  }

  @Post('sign-in')
  async signIn(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const form = await this.forms.read(tenant, http, reply, 'for nobody');
    const sealed = await form.next();
    const email = form.fields.get('email') ?? '';
    this.attempts.count(tenant, http, email);
    const { tenant: id, correlationId } = contextOf(tenant, http);
    const signedIn = await this.bus.execute(new SignIn(email, form.fields.get('password') ?? '', whenceOf(http), { tenant: id, correlationId }));
    if (!signedIn) return this.pages.send(tenant, http, reply, sealed, { email, error: WRONG });
    this.attempts.succeeded(tenant, http, reply, email);
    // The browser forgets its session of before, and nobody else should find it open.
    if (form.session) await this.bus.execute(new SignOut(form.session, asPerson(tenant, http, form.session)));
    return this.pages.goOn(tenant, http, reply, sealed, signedIn);
  }

  /** Where an identity provider leads back to after its own sign-out. */
  @Get('signed-out')
  async signedOut(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    sendPage(reply, 200, signedOutPage({ tenantName: (await this.tenancy.of(http)).tenant.name }));
  }

  @Post('sign-out')
  async signOut(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const { fields, session, next } = await this.forms.read(tenant, http, reply);
    if (session) await this.bus.execute(new SignOut(session, asPerson(tenant, http, session)));
    setCookie(reply, tenant, 'session', '', 0);
    if (fields.get('transaction') === undefined) return sendPage(reply, 200, signedOutPage({ tenantName: tenant.tenant.name, there: session && (await this.there.of(tenant, session)) }));
    sendOn(reply, nextAfter(tenant.issuer, await next(), '/sign-in'));
  }
}
