import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SignedIn } from '../../commands/sign-in/begin-session.js';
import type { Occasion } from '../../commands/factors/factor-challenges.js';
import { SESSION_LIFETIME, Sessions } from '../../commands/sign-in/sessions.js';
import { readCookie, setCookie } from '../browser/cookies.js';
import { sendAway, sendOn, sendPageWithScript } from '../browser/send-page.js';
import type { TenantContext } from '../http/tenancy.js';
import { basePathOf } from '../pages/safe-url.js';
import { type SignInModel, signInPage } from '../pages/sign-in-page.js';
import { FactorPrompts } from './factor-prompts.js';
import { SignInOffers } from './sign-in-offers.js';
import { Transactions } from '../browser/transactions.js';

interface Told extends Pick<SignInModel, 'clientName' | 'clientHost' | 'isAboutPerson' | 'email' | 'error'> {
  readonly status?: number;
  /** The form of local accounts is asked for, also where only identity providers are used. */
  readonly emergency?: boolean;
}

/** Nobody is signed in, so the challenge is for whoever holds this browser's own secret. */
export const signInOccasion = (tenant: TenantContext, browser: string): Occasion => ({ tenant: tenant.id, issuer: tenant.issuer, purpose: 'sign-in', who: browser, browser });

/** The sign-in page, for whatever comes after it: an authorization query behind its question mark, a path of ours, or nothing. */
@Injectable()
export class SignInPages {
  constructor(private readonly transactions: Transactions, private readonly prompts: FactorPrompts, private readonly sessions: Sessions, private readonly offers: SignInOffers) {}

  /** Where nobody is signed in and somebody has to be. Whoever has given the password already goes on with the second factor (AZ-10). */
  async needed(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, next: string, told: Told = {}): Promise<void> {
    const half = await this.sessions.half(tenant.id, readCookie(http, tenant, 'session'));
    return half ? this.toFactor(tenant, http, reply, next) : this.send(tenant, http, reply, next, told);
  }

  async send(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, next: string, { status, emergency, ...told }: Told = {}): Promise<void> {
    const browser = this.transactions.browser(http, reply, tenant);
    const base = `${basePathOf(tenant.issuer)}/sign-in`;
    const offers = await this.offers.of(tenant, emergency === true || told.email !== undefined);
    sendPageWithScript(reply, status ?? (told.error === undefined ? 200 : 401), signInPage({
      tenantName: tenant.tenant.name, action: base, csrf: this.transactions.csrf(tenant, browser, 'nobody'), transaction: this.transactions.seal(tenant, browser, next),
      passkey: { action: `${base}/passkey`, ...this.prompts.anybody(signInOccasion(tenant, browser)) }, ...offers, ...told,
    }));
  }

  /** To what the sign-in was for; by way of the second factor when only the first was shown. */
  goOn(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, next: string, { cookie, isHalf }: SignedIn): void {
    setCookie(reply, tenant, 'session', cookie, SESSION_LIFETIME);
    if (isHalf) return this.toFactor(tenant, http, reply, next);
    // Also from an address with a code in it: it is spent, and led away from all the same.
    sendAway(reply, continued(tenant.issuer, next));
  }

  private toFactor(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, next: string): void {
    const sealed = this.transactions.seal(tenant, this.transactions.browser(http, reply, tenant), next);
    const location = `${basePathOf(tenant.issuer)}/sign-in/factor?${new URLSearchParams({ next: sealed }).toString()}`;
    sendOn(reply, location);
  }
}

/**
 * Where it goes on. It was sealed by us, but a query is somebody else's text, and one that begins like a path would lead
 * anywhere (`//evil.example`): so it stands behind the question mark that it came with.
 */
export const nextAfter = (issuer: string, next: string, otherwise: string): string => {
  const base = basePathOf(issuer);
  if (next === '') return `${base}${otherwise}`;
  return next.startsWith('?') ? `${base}/authorize${next}` : `${base}${next}`;
};

/** Where a sign-in goes on. */
export const continued = (issuer: string, next: string): string => nextAfter(issuer, next.startsWith('?') ? `?${withoutLogin(next.slice(1))}` : next, '/my/agents');

/** Whether the client wants the person to prove anew who they are (OIDC prompt=login, max_age). */
export const wantsFreshSignIn = (next: string): boolean => {
  const query = new URLSearchParams(next.startsWith('?') ? next : '');
  return query.has('max_age') || (query.get('prompt') ?? '').split(' ').includes('login');
};

/** `prompt=login` and `max_age=0`, which means the same, have been satisfied just now; left in, they would ask for ever. */
const withoutLogin = (query: string): string => {
  const parameters = new URLSearchParams(query);
  const left = (parameters.get('prompt') ?? '').split(' ').filter((word) => word !== 'login' && word !== '');
  if (left.length > 0) parameters.set('prompt', left.join(' '));
  else parameters.delete('prompt');
  if (/^0+$/.test(parameters.get('max_age') ?? '')) parameters.delete('max_age');
  return parameters.toString();
};
