import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TenantContext } from '../http/tenancy.js';
import { basePathOf } from '../pages/safe-url.js';
import { signInPage } from '../pages/sign-in-page.js';
import { Transactions } from './transactions.js';

/** The sign-in page, for whatever comes after it: an authorization query behind its question mark, a path of ours, or nothing. */
@Injectable()
export class SignInPages {
  constructor(private readonly transactions: Transactions) {}

  page(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, next: string, failed?: { readonly email: string; readonly error: string }): string {
    const browser = this.transactions.browser(http, reply, tenant);
    return signInPage({
      tenantName: tenant.tenant.name, action: `${basePathOf(tenant.issuer)}/sign-in`, csrf: this.transactions.csrf(tenant, browser, 'nobody'),
      transaction: this.transactions.seal(tenant, browser, next), ...failed,
    });
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
