import { Controller, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BeginUpstreamSignIn } from '../../commands/identity-providers/begin-upstream-sign-in.js';
import { LinkPerson } from '../../commands/identity-providers/link-person.js';
import { UnlinkIdentity } from '../../commands/identity-providers/unlink-identity.js';
import { SecurityForms } from './security-forms.js';
import { sendAway } from '../browser/send-page.js';

/** How a person lets an account at an identity provider open their own, and no more. */
@Controller('my/security/identities')
export class LinkedIdentitiesController {
  constructor(private readonly forms: SecurityForms, private readonly link: LinkPerson, private readonly bus: CommandBus) {}

  @Post('link')
  begin(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.forms.take(http, reply, async ({ tenant, session, fields, browser }) => {
      await this.link.checkFresh(tenant.id, session);
      const { userId, digest } = session;
      const wish = { tenant: tenant.id, issuer: tenant.issuer, name: fields.get('provider') ?? '', browser, next: '/my/security', fresh: false, link: { userId, sessionDigest: digest } };
      const { url } = await this.bus.execute(new BeginUpstreamSignIn(wish));
      sendAway(reply, url);
      return undefined;
    });
  }

  @Post('unlink')
  unlink(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.forms.take(http, reply, async ({ session, fields, context }) => {
      await this.bus.execute(new UnlinkIdentity(session, fields.get('identity') ?? '', context));
      return { notice: 'That account opens yours no more.' };
    });
  }
}
