import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EndUpstreamSessions } from '../../commands/identity-providers/end-upstream-sessions.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Attempts } from '../http/attempts.js';
import { Tenancy, contextOf, networkOf } from '../http/tenancy.js';
import { formOf } from '../oauth/form-of.js';
import { OAuthError } from '../oauth/oauth-error.js';

/** Where identity providers tell of sign-outs, server to server (OpenID Connect Back-Channel Logout 1.0 section 2.5). */
@Controller('sign-in/with/:name/logout')
export class UpstreamLogoutController {
  private readonly perNetwork = new Attempts(600, 60_000);

  constructor(private readonly tenancy: Tenancy, private readonly clock: Clock, private readonly bus: CommandBus) {}

  @Post()
  async logout(@Param('name') name: string, @Req() http: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = await this.tenancy.of(http);
    // Each costs a signature to check.
    if (this.perNetwork.take(networkOf(http), this.clock.now()) !== undefined) throw new OAuthError('temporarily_unavailable', 'Too many logout tokens from this network.', 429);
    const { tenant: id, correlationId } = contextOf(tenant, http);
    try {
      await this.bus.execute(new EndUpstreamSessions(name, formOf(http).get('logout_token') ?? '', { tenant: id, correlationId }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code === 'sign_in.away') throw new OAuthError('temporarily_unavailable', error.message, 503);
      throw new OAuthError('invalid_request', error.message, 400);
    }
    void reply.code(200).header('cache-control', 'no-store').send();
  }
}
