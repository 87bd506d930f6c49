import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChangeFactor, type FactorChange } from '../../commands/factors/change-factor.js';
import { EnrolFactor, type Enrolled } from '../../commands/factors/enrol-factor.js';
import { IssueRecoveryCodes } from '../../commands/factors/issue-recovery-codes.js';
import { OneTimeCodes } from '../../domain/ports/one-time-codes.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { sendPage } from '../browser/send-page.js';
import type { TenantContext } from '../http/tenancy.js';
import { appPage } from '../pages/app-page.js';
import { recoveryCodesPage } from '../pages/recovery-codes-page.js';
import { basePathOf } from '../pages/safe-url.js';
import { type SecurityForm, SecurityForms } from './security-forms.js';
import { SecurityPages, type Told } from './security-pages.js';
import { SignInPages } from '../sign-in/sign-in-pages.js';
import { type Visit, Visitors } from '../browser/visitors.js';

const SEALED = 'totp:';

/** How a person proves who they are. */
@Controller('my/security')
export class SecurityController {
  constructor(
    private readonly visitors: Visitors,
    private readonly signIns: SignInPages,
    private readonly pages: SecurityPages,
    private readonly forms: SecurityForms,
    private readonly codes: OneTimeCodes,
    private readonly bus: CommandBus,
  ) {}

  @Get()
  async show(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, session } = await this.visitors.of(http);
    return session ? this.pages.send(tenant, http, reply, session) : this.signIns.needed(tenant, http, reply, '/my/security');
  }

  @Get('unlock')
  async unlock(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenant, session } = await this.visitors.of(http);
    return session ? this.forms.unlock(tenant, http, reply, session) : this.signIns.needed(tenant, http, reply, '/my/security');
  }

  @Get('app')
  async app(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const visit = await this.visitors.of(http);
    return visit.session ? this.showApp(visit, http, reply, await this.codes.secret()) : this.signIns.needed(visit.tenant, http, reply, '/my/security');
  }

  @Post('app')
  addApp(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.forms.take(http, reply, async (form) => {
      const sealed = await form.next();
      if (!sealed.startsWith(SEALED)) throw new Refusal('factor.refused', 'This page is not valid any more. Begin again.');
      const secret = sealed.slice(SEALED.length);
      const shown = { kind: 'totp', secret, code: form.fields.get('code') ?? '' } as const;
      try {
        return this.enrolled(reply, form, await this.bus.execute(new EnrolFactor(form.session, form.tenant.issuer, shown, form.fields.get('label') ?? '', form.context)));
      } catch (error) {
        if (!(error instanceof Refusal) || error.code === 'factor.not_recent') throw error;
        await this.showApp(form, http, reply, secret, error.message);
        return undefined;
      }
    });
  }

  @Post('passkey')
  addPasskey(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.forms.take(http, reply, async (form) => {
      const { fields, session, tenant, context } = form;
      const shown = { kind: 'passkey', ticket: fields.get('ticket') ?? '', answer: fields.get('answer') ?? '' } as const;
      return this.enrolled(reply, form, await this.bus.execute(new EnrolFactor(session, tenant.issuer, shown, fields.get('label') ?? '', context)));
    });
  }

  @Post('rename')
  rename(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.change(http, reply, ({ fields }) => ({ type: 'rename', label: fields.get('label') ?? '' }), 'It has the new name.');
  }

  @Post('remove')
  remove(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.change(http, reply, ({ fields }) => ({ type: 'remove', recoveryCode: fields.get('code') }), 'It was removed.');
  }

  @Post('recovery-codes')
  recoveryCodes(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.forms.take(http, reply, async ({ session, tenant, context }) => {
      this.showCodes(reply, tenant, await this.bus.execute(new IssueRecoveryCodes(session, context)));
      return undefined;
    });
  }

  private change(http: FastifyRequest, reply: FastifyReply, read: (form: SecurityForm) => FactorChange, notice: string): Promise<void> {
    return this.forms.take(http, reply, async (form) => {
      await this.bus.execute(new ChangeFactor(form.session, form.fields.get('factor_id') ?? '', read(form), form.context));
      return { notice };
    });
  }

  private enrolled(reply: FastifyReply, { tenant }: SecurityForm, { recoveryCodes }: Enrolled): Told | undefined {
    if (!recoveryCodes) return { notice: 'It was added.' };
    this.showCodes(reply, tenant, recoveryCodes);
    return undefined;
  }

  private showCodes(reply: FastifyReply, { tenant, issuer }: TenantContext, codes: readonly string[]): void {
    sendPage(reply, 200, recoveryCodesPage({ tenantName: tenant.name, codes, backHref: `${basePathOf(issuer)}/my/security` }));
  }

  private async showApp({ tenant, session }: Pick<Visit, 'tenant' | 'session'>, http: FastifyRequest, reply: FastifyReply, secret: string, error?: string): Promise<void> {
    const { csrf, tenantName, user } = await this.visitors.frame(tenant, http, reply, session!);
    const here = `${basePathOf(tenant.issuer)}/my/security`;
    const address = await this.codes.address(secret, { issuer: tenantName, account: user.email });
    sendPage(reply, error === undefined ? 200 : 422, appPage({
      tenantName, csrf, error, secret, action: `${here}/app`, backHref: here, label: 'Authenticator app',
      transaction: this.visitors.seal(tenant, http, reply, SEALED + secret), squares: await this.codes.picture(address),
    }));
  }
}
