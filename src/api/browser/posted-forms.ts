import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NoteRefusal } from '../../commands/note-refusal.js';
import { type Session, Sessions } from '../../commands/sign-in/sessions.js';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { readCookie } from './cookies.js';
import type { Form } from '../http/form.js';
import { Tenancy, type TenantContext, contextOf } from '../http/tenancy.js';
import { formOf } from '../oauth/form-of.js';
import { FormError, PageError } from './page-error.js';
import { Transactions } from './transactions.js';

/** A form of one of our pages, sent back by the browser and for the person it was made for. */
export interface PostedForm {
  readonly fields: Form;
  /** Who is signed in. */
  readonly session: Session | undefined;
  /** The browser's own secret. */
  readonly browser: string;
  /** What the page carried on: an authorization query with its question mark, a path of ours, or nothing. Throws FormError. */
  next(): Promise<string>;
}

export interface PersonsForm extends PostedForm {
  readonly tenant: TenantContext;
  readonly session: Session;
}

/** Where every form of a page comes in. One that is not taken is recorded with the person in whose browser it came. */
@Injectable()
export class PostedForms {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly transactions: Transactions,
    private readonly sessions: Sessions,
    private readonly bus: CommandBus,
  ) {}

  /** Throws FormError unless a page of ours sent it. `page`: for whom that page was made; sign-in pages are for nobody yet. */
  async read(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, page: 'personal' | 'for nobody' = 'personal'): Promise<PostedForm> {
    const fields = formOf(http);
    const browser = this.transactions.browser(http, reply, tenant);
    const session = await this.sessions.find(tenant.id, readCookie(http, tenant, 'session'));
    const who = page === 'personal' && session ? session.digest : 'nobody';
    if (page === 'personal' && !session) await this.refuseHalf(tenant, http);
    const recorded = <T>(check: () => T): Promise<T> => this.recorded(tenant, http, session, check);
    await recorded(() => this.transactions.checkForm(http, tenant, browser, who, fields));
    return { fields, session, browser, next: () => recorded(() => this.transactions.open(tenant, browser, fields.get('transaction'))) };
  }

  /** As `read`, for what only somebody who is signed in may do. */
  async fromPerson(http: FastifyRequest, reply: FastifyReply, nothing = 'Nothing was changed.'): Promise<PersonsForm> {
    const tenant = await this.tenancy.of(http);
    const form = await this.read(tenant, http, reply);
    if (!form.session) throw new PageError(403, 'You are not signed in', nothing, 'Sign in and try again.');
    return { ...form, tenant, session: form.session };
  }

  /** The password is not enough to do anything (AZ-10, SU-04). */
  private async refuseHalf(tenant: TenantContext, http: FastifyRequest): Promise<void> {
    const half = await this.sessions.half(tenant.id, readCookie(http, tenant, 'session'));
    if (!half) return;
    await this.bus.execute(new NoteRefusal(activityEvents.FormRefused({ userId: half.userId, form: http.routeOptions.url!, reason: 'half_signed_in' }), contextOf(tenant, http)));
    throw new FormError('half_signed_in', 403, 'You are not signed in yet', 'Your second factor is missing, so nothing was done.', 'Show it first, then try again.');
  }

  /** The actor is nobody: that it was the person is just what could not be shown. */
  private async recorded<T>(tenant: TenantContext, http: FastifyRequest, session: Session | undefined, check: () => T): Promise<T> {
    try {
      return check();
    } catch (error) {
      if (session && error instanceof FormError && (error.reason === 'foreign' || error.reason === 'altered')) {
        const event = activityEvents.FormRefused({ userId: session.userId, form: http.routeOptions.url!, reason: error.reason });
        await this.bus.execute(new NoteRefusal(event, contextOf(tenant, http)));
      }
      throw error;
    }
  }
}
