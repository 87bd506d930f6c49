import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_LIFETIME } from '../../commands/users/sessions.js';
import { SignIn } from '../../commands/users/sign-in.js';
import { SignOut } from '../../commands/users/sign-out.js';
import { setCookie } from '../http/cookies.js';
import { sendPage } from '../http/send-page.js';
import { Tenancy, contextOf, networkOf } from '../http/tenancy.js';
import { signedOutPage } from '../pages/signed-out-page.js';
import { PostedForms } from './posted-forms.js';
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
    private readonly bus: CommandBus,
  ) {}

  @Get('sign-in')
  async form(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    sendPage(reply, 200, this.pages.page(tenant, http, reply, ''));
  }

  @Post('sign-in')
  async signIn(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const form = await this.forms.read(tenant, http, reply, 'for nobody');
    const sealed = await form.next();
    const email = form.fields.get('email') ?? '';
    this.attempts.count(tenant, http, email);
    const { tenant: id, correlationId } = contextOf(tenant, http);
    const signedIn = await this.bus.execute(new SignIn(email, form.fields.get('password') ?? '', networkOf(http), { tenant: id, correlationId }));
    if (!signedIn) return sendPage(reply, 401, this.pages.page(tenant, http, reply, sealed, { email, error: WRONG }));
    this.attempts.succeeded(tenant, http, reply, email);
    setCookie(reply, tenant, 'session', signedIn.cookie, SESSION_LIFETIME);
    const next = nextAfter(tenant.issuer, sealed.startsWith('?') ? `?${withoutLogin(sealed.slice(1))}` : sealed, '/my/agents');
    void reply.code(303).headers({ location: next, 'cache-control': 'no-store' }).send();
  }

  @Post('sign-out')
  async signOut(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const { fields, session, next } = await this.forms.read(tenant, http, reply);
    if (session) await this.bus.execute(new SignOut(session, contextOf(tenant, http, { kind: 'user', id: session.userId })));
    setCookie(reply, tenant, 'session', '', 0);
    if (fields.get('transaction') === undefined) return sendPage(reply, 200, signedOutPage({ tenantName: tenant.tenant.name }));
    void reply.code(303).headers({ location: nextAfter(tenant.issuer, await next(), '/sign-in'), 'cache-control': 'no-store' }).send();
  }
}

/** `prompt=login` has been satisfied just now; left in, it would ask for ever. */
const withoutLogin = (query: string): string => {
  const parameters = new URLSearchParams(query);
  const left = (parameters.get('prompt') ?? '').split(' ').filter((word) => word !== 'login' && word !== '');
  if (left.length > 0) parameters.set('prompt', left.join(' '));
  else parameters.delete('prompt');
  return parameters.toString();
};
