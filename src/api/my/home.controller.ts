import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendPage } from '../browser/send-page.js';
import { Tenancy } from '../http/tenancy.js';
import { homePage } from '../pages/home-page.js';

/** What somebody sees who opens the hub in a browser. */
@Controller()
export class HomeController {
  constructor(private readonly tenancy: Tenancy) {}

  @Get()
  async home(@Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { issuer, tenant } = await this.tenancy.of(http);
    sendPage(reply, 200, homePage({
      tenantName: tenant.name, issuer,
      links: [
        { label: 'My agents', href: `${issuer}/my/agents`, note: 'What you have allowed, and how to take it back' },
        { label: 'My approvals', href: `${issuer}/my/approvals`, note: 'What agents ask you to confirm' },
        { label: 'My connections', href: `${issuer}/my/connections`, note: 'Services that you have connected' },
        { label: 'Security', href: `${issuer}/my/security`, note: 'Passkeys, authenticator apps and where you are signed in' },
        { label: 'Server metadata', href: `${issuer}/.well-known/oauth-authorization-server`, note: 'For clients: RFC 8414' },
        { label: 'Admin API', href: `${issuer}/api/openapi.json`, note: 'Everything an administrator can do, as OpenAPI' },
      ],
    }));
  }
}
