import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { People } from '../../commands/users/people.js';
import { type Session, Sessions } from '../../commands/sign-in/sessions.js';
import { readCookie } from './cookies.js';
import { type TenantContext, Tenancy } from '../http/tenancy.js';
import type { OwnPage } from '../pages/my-parts.js';
import { basePathOf } from '../pages/safe-url.js';
import { Transactions } from './transactions.js';

export interface Visit {
  readonly tenant: TenantContext;
  /** Who is signed in. */
  readonly session: Session | undefined;
}
/** What every page that is for one person carries. */
type PersonalFrame = Pick<OwnPage, 'tenantName' | 'user' | 'csrf'>;

/** Who opened a page, and what it needs to know of them. */
@Injectable()
export class Visitors {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly sessions: Sessions,
    private readonly transactions: Transactions,
    private readonly people: People,
  ) {}

  async of(http: FastifyRequest): Promise<Visit> {
    const tenant = await this.tenancy.of(http);
    return { tenant, session: await this.sessions.find(tenant.id, readCookie(http, tenant, 'session')) };
  }

  async frame(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session): Promise<PersonalFrame> {
    const browser = this.transactions.browser(http, reply, tenant);
    return { tenantName: tenant.tenant.name, user: await this.people.describe(tenant.id, session.userId), csrf: this.transactions.csrf(tenant, browser, session.digest) };
  }

  /** The same for a page of the person's own, with the way to the others and the way out. */
  async ownPage(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session): Promise<OwnPage> {
    const base = basePathOf(tenant.issuer);
    return {
      ...(await this.frame(tenant, http, reply, session)), signOutAction: `${base}/sign-out`,
      agentsHref: `${base}/my/agents`, connectionsHref: `${base}/my/connections`, approvalsHref: `${base}/my/approvals`, securityHref: `${base}/my/security`,
    };
  }

  /** What a form carries to its next step, bound to this browser. */
  seal(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, text: string): string {
    return this.transactions.seal(tenant, this.transactions.browser(http, reply, tenant), text);
  }
}
