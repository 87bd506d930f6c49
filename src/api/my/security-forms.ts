import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LiveState } from '../../commands/live-state.js';
import type { CommandContext } from '../../commands/command-context.js';
import { personOf } from '../../commands/users/person-of.js';
import type { Session } from '../../commands/sign-in/sessions.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { type TenantContext, asPerson } from '../http/tenancy.js';
import { type PersonsForm, PostedForms } from '../browser/posted-forms.js';
import { SecurityPages, type Told } from './security-pages.js';
import { SignInPages } from '../sign-in/sign-in-pages.js';
import { StepUpPages } from '../sign-in/step-up-pages.js';

export interface SecurityForm extends PersonsForm {
  readonly context: CommandContext;
}

const HERE = '/my/security';

/** The forms of a person's security page: who sent one, and what is shown after it. */
@Injectable()
export class SecurityForms {
  constructor(
    private readonly forms: PostedForms,
    private readonly pages: SecurityPages,
    private readonly stepUp: StepUpPages,
    private readonly signIns: SignInPages,
    private readonly live: LiveState,
  ) {}

  /** Does what the form wants, and shows the page with the sentence that it gives; nothing is shown where it gives none. */
  async take(http: FastifyRequest, reply: FastifyReply, act: (form: SecurityForm) => Promise<Told | undefined>): Promise<void> {
    const form = await this.forms.fromPerson(http, reply);
    const { tenant, session } = form;
    try {
      const told = await act({ ...form, context: asPerson(tenant, http, session) });
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
