import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { RevokeToken } from '../../commands/tokens/revoke-token.js';
import { Tenancy, contextOf } from '../http/tenancy.js';
import { ClientAuthentication } from './client-authentication.js';
import { formOf } from './form-of.js';
import { OAuthError } from './oauth-error.js';

/** RFC 7009. 200 also for a token that nobody knows: telling would make this an oracle. */
@Controller()
export class RevocationController {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly authentication: ClientAuthentication,
    private readonly bus: CommandBus,
  ) {}

  @Post('revoke')
  @HttpCode(200)
  async revoke(@Req() request: FastifyRequest): Promise<void> {
    const tenant = await this.tenancy.of(request);
    const form = formOf(request);
    const { agent, vouchedBy } = await this.authentication.authenticate(tenant, request, form);
    const token = form.get('token');
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing.');
    const context = contextOf(tenant, request, { kind: 'agent', id: agent.agentId });
    await this.bus.execute(new RevokeToken({ token, agentId: agent.agentId, vouchedBy, issuer: tenant.issuer }, context));
  }
}
