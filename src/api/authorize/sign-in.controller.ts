import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_LIFETIME } from '../../commands/users/sessions.js';
import { SignIn } from '../../commands/users/sign-in.js';
import { SignOut } from '../../commands/users/sign-out.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Attempts } from '../http/attempts.js';
import { setCookie } from '../http/cookies.js';
import { sendPage } from '../http/send-page.js';
import { type TenantContext, Tenancy, contextOf, networkOf } from '../http/tenancy.js';
import { signedOutPage } from '../pages/signed-out-page.js';
import { PageError } from './authorization-error.js';
import { PostedForms } from './posted-forms.js';
import { SignInPages, nextAfter } from './sign-in-pages.js';

const WRONG = 'E-mail and password do not go together. Check both and try again.';
const FIFTEEN_MINUTES = 900_000;

/** Local accounts. Signing in continues whatever it was needed for. */
@Controller()
export class SignInController {
  private readonly perPerson = new Attempts(10, FIFTEEN_MINUTES);
  private readonly perNetwork = new Attempts(100, FIFTEEN_MINUTES);

  constructor(
    private readonly tenancy: Tenancy,
    private readonly pages: SignInPages,
    private readonly forms: PostedForms,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
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
    this.throttle(tenant, http, email);
    const { tenant: id, correlationId } = contextOf(tenant, http);
    const signedIn = await this.bus.execute(new SignIn(email, form.fields.get('password') ?? '', networkOf(http), { tenant: id, correlationId }));
    if (!signedIn) return sendPage(reply, 401, this.pages.page(tenant, http, reply, sealed, { email, error: WRONG }));
    this.perPerson.forget(this.personKey(tenant, email));
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

  /** Guessing is slowed for each person and each network; the key is a MAC, so that no address stays in memory. */
  private throttle(tenant: TenantContext, http: FastifyRequest, email: string): void {
    const now = this.clock.now();
    const wait = this.perPerson.take(this.personKey(tenant, email), now) ?? this.perNetwork.take(networkOf(http), now);
    if (wait === undefined) return;
    throw new PageError(429, 'Too many attempts', 'There were too many attempts to sign in.', `Wait ${Math.ceil(wait / 60)} minutes and try again.`);
  }

  private personKey(tenant: TenantContext, email: string): string {
    return this.crypto.mac('attempts', JSON.stringify([tenant.id, email.trim().toLowerCase()]));
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
