import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LiveState } from '../../commands/live-state.js';
import type { CommandContext } from '../../commands/command-context.js';
import { personOf } from '../../commands/users/person-of.js';
import type { Session } from '../../commands/users/sessions.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { Form } from '../http/form.js';
import { type TenantContext, Tenancy, contextOf } from '../http/tenancy.js';
import { PageError } from './authorization-error.js';
import { PostedForms } from './posted-forms.js';
import { SecurityPages, type Told } from './security-pages.js';
import { SignInPages } from './sign-in-pages.js';
import { StepUpPages } from './step-up-pages.js';

export interface SecurityForm {
  readonly tenant: TenantContext;
  readonly session: Session;
  readonly fields: Form;
  /** The browser's own secret. */
  readonly browser: string;
  readonly context: CommandContext;
  next(): Promise<string>;
}

const HERE = '/my/security';

/** The forms of a person's security page: who sent one, and what is shown after it. */
@Injectable()
export class SecurityForms {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly forms: PostedForms,
    private readonly pages: SecurityPages,
    private readonly stepUp: StepUpPages,
    private readonly signIns: SignInPages,
    private readonly live: LiveState,
  ) {}

  /** Does what the form wants, and shows the page with the sentence that it gives; nothing is shown where it gives none. */
  async take(http: FastifyRequest, reply: FastifyReply, act: (form: SecurityForm) => Promise<Told | undefined>): Promise<void> {
    const tenant = await this.tenancy.of(http);
    const { fields, session, browser, next } = await this.forms.read(tenant, http, reply);
    if (!session) throw new PageError(403, 'You are not signed in', 'Nothing was changed.', 'Sign in and try again.');
    try {
      const told = await act({ tenant, session, fields, browser, next, context: contextOf(tenant, http, { kind: 'user', id: session.userId }) });
      if (told) await this.pages.send(tenant, http, reply, session, told);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code === 'factor.not_recent') return this.unlock(tenant, http, reply, session);
      await this.pages.send(tenant, http, reply, session, { error: error.message });
    }
  }

  /** The person proves once more who they are: with a factor, or with the password where there is none. */
  async unlock(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session): Promise<void> {
    const { factors } = await personOf(this.live, tenant.id, session.userId);
    if (factors.enrolled.length === 0) return this.signIns.send(tenant, http, reply, HERE);
    await this.stepUp.send(tenant, http, reply, session, { next: HERE, level: 2 });
  }
}
