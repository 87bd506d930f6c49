import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { People } from '../../commands/users/people.js';
import { type Session, Sessions } from '../../commands/users/sessions.js';
import { readCookie } from '../http/cookies.js';
import { type TenantContext, Tenancy } from '../http/tenancy.js';
import { Transactions } from './transactions.js';

export interface Visit {
  readonly tenant: TenantContext;
  /** Who is signed in. */
  readonly session: Session | undefined;
}
/** What every page that is for one person carries. */
export interface PersonalFrame {
  readonly tenantName: string;
  readonly user: { readonly name: string; readonly email: string };
  readonly csrf: string;
}

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

  /** What a form carries to its next step, bound to this browser. */
  seal(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, text: string): string {
    return this.transactions.seal(tenant, this.transactions.browser(http, reply, tenant), text);
  }
}
