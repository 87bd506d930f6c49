import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Occasion } from '../../commands/factors/factor-challenges.js';
import type { Session } from '../../commands/sign-in/sessions.js';
import { sendPageWithScript } from '../browser/send-page.js';
import type { TenantContext } from '../http/tenancy.js';
import { confirmPage } from '../pages/confirm-page.js';
import type { FactorChoice } from '../pages/factor-prompt.js';
import { basePathOf } from '../pages/safe-url.js';
import { FactorPrompts } from './factor-prompts.js';
import { nextAfter } from './sign-in-pages.js';
import { Visitors } from '../browser/visitors.js';

export interface StepUpWish {
  /** What it goes on with: an authorization query behind its question mark, or a path of ours. */
  readonly next: string;
  /** 2: any second factor. 3: a passkey. */
  readonly level: number;
  readonly error?: string | undefined;
}

export const stepUpOccasion = (tenant: TenantContext, session: Session): Occasion => ({ tenant: tenant.id, issuer: tenant.issuer, purpose: 'step-up', who: session.digest });

/** Asks a signed-in person for one factor more before something goes on. */
@Injectable()
export class StepUpPages {
  constructor(private readonly prompts: FactorPrompts, private readonly visitors: Visitors) {}

  async send(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session, { next, level, error }: StepUpWish): Promise<void> {
    const base = basePathOf(tenant.issuer);
    const choice = fitting(await this.prompts.of(session.userId, stepUpOccasion(tenant, session)), level);
    const { csrf, tenantName } = await this.visitors.frame(tenant, http, reply, session);
    const fields = { transaction: this.visitors.seal(tenant, http, reply, next), level: String(level) };
    sendPageWithScript(reply, error === undefined ? 200 : 403, confirmPage({
      tenantName, error, ...words(level, choice !== undefined),
      prompt: choice && { ...choice, action: `${base}/sign-in/confirm`, csrf, fields, verb: 'Confirm' },
      setUp: choice ? undefined : { href: `${base}/my/security`, nextHref: nextAfter(tenant.issuer, next, '/my/agents') },
    }));
  }
}

const fitting = (choice: FactorChoice | undefined, level: number): FactorChoice | undefined => {
  const left = choice && level > 2 ? { ...choice, totp: false, recovery: false } : choice;
  return left && (left.passkey || left.totp || left.recovery) ? left : undefined;
};

const words = (level: number, has: boolean): { readonly title: string; readonly lead: string } => {
  if (has) return { title: 'Confirm that it is you', lead: 'What comes next needs more than your password.' };
  return level > 2
    ? { title: 'A passkey is needed', lead: 'What comes next is open only to people who signed in with a passkey, and you have none yet.' }
    : { title: 'A second factor is needed', lead: 'What comes next is open only to people with a passkey or an authenticator app, and you have none yet.' };
};
