import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { readCookie, setCookie } from './cookies.js';
import type { Form } from '../http/form.js';
import type { TenantContext } from '../http/tenancy.js';
import { FormError } from './page-error.js';

/** Seconds that a page may stay open before its form is void. */
const LIFETIME = 600;

const notValid = [
  400, 'This page is not valid any more', 'It was opened in another browser, was changed, or has been open for too long.',
  'Go back to the application and connect again.',
] as const;
const altered = new FormError('altered', ...notValid);
const tooOld = new FormError('too_old', ...notValid);
const foreign = new FormError(
  'foreign', 403, 'The form did not come from this page', 'Somebody may have tried to make your browser send it. Nothing was done.',
  'Go back to the application and connect again.',
);

/**
 * What a page's form carries from step to step: the authorization query or a path of ours, bound to this browser and to a time by a MAC
 * (AZ-09), and a CSRF token bound to who is signed in (CN-01, CN-07). Nothing is stored for a stranger who opens pages.
 */
@Injectable()
export class Transactions {
  constructor(private readonly crypto: Crypto, private readonly clock: Clock) {}

  /** The browser's own secret; made when it has none. */
  browser(request: FastifyRequest, reply: FastifyReply, tenant: TenantContext): string {
    const known = readCookie(request, tenant, 'browser');
    if (known !== undefined && /^[\w-]{40,64}$/.test(known)) return known;
    const made = this.crypto.randomSecret('');
    setCookie(reply, tenant, 'browser', made, 30 * 86_400);
    return made;
  }

  /** A browser in which somebody has shown who they are is known for longer. */
  keep(reply: FastifyReply, tenant: TenantContext, browser: string): void {
    setCookie(reply, tenant, 'browser', browser, 180 * 86_400);
  }

  seal(tenant: TenantContext, browser: string, next: string): string {
    const body = Buffer.from(JSON.stringify([this.clock.seconds() + LIFETIME, next])).toString('base64url');
    return `${body}.${this.mac('transaction', tenant, browser, body)}`;
  }

  /** What was sealed, when this browser got the form from us and not too long ago. Throws FormError. */
  open(tenant: TenantContext, browser: string, sealed: string | undefined): string {
    const [body = '', mac = ''] = (sealed ?? '').split('.');
    if (!this.crypto.equal(mac, this.mac('transaction', tenant, browser, body))) throw altered;
    const [until, next] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [number, string];
    if (until < this.clock.seconds()) throw tooOld;
    return next;
  }

  /** `who`: the session's digest, or 'nobody' before the sign-in. */
  csrf(tenant: TenantContext, browser: string, who: string): string {
    return this.mac('csrf', tenant, browser, who);
  }

  /** Throws FormError unless the form came from a page of ours, in this browser, for whoever is signed in. */
  checkForm(request: FastifyRequest, tenant: TenantContext, browser: string, who: string, form: Form): void {
    const { origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const isElsewhere = (origin !== undefined && origin !== 'null' && origin !== new URL(tenant.issuer).origin) || site === 'cross-site';
    if (isElsewhere || !this.crypto.equal(form.get('csrf') ?? '', this.csrf(tenant, browser, who))) throw foreign;
  }

  private mac(purpose: string, tenant: TenantContext, browser: string, text: string): string {
    return this.crypto.mac(purpose, JSON.stringify([tenant.id, browser, text]));
  }
}
