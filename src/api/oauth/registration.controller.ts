import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { RegisterDynamicClient } from '../../commands/agents/register-dynamic-client.js';
import { readRegistrationRequest } from '../../domain/agent/client-metadata.js';
import { registrationAnswer } from '../../domain/agent/metadata-answer.js';
import { Clock } from '../../domain/ports/clock.js';
import { Settings } from '../../domain/ports/settings.js';
import { Attempts } from '../http/attempts.js';
import { Form } from '../http/form.js';
import { Tenancy, contextOf, networkOf } from '../http/tenancy.js';
import { OAuthError } from './oauth-error.js';

/** RFC 7591. What registers itself can do nothing yet: every scope comes from a person's consent or an administrator. */
@Controller()
export class RegistrationController {
  private readonly attempts = new Attempts(60, 60_000);

  constructor(
    private readonly tenancy: Tenancy,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly bus: CommandBus,
  ) {}

  @Post('register')
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async register(@Req() request: FastifyRequest): Promise<object> {
    const tenant = await this.tenancy.of(request);
    const wait = this.attempts.take(networkOf(request), this.clock.now());
    if (wait !== undefined) throw new OAuthError('slow_down', 'Too many registrations from this network.', 429, { 'retry-after': String(wait) });
    if (request.body === undefined || request.body instanceof Form)
      throw new OAuthError('invalid_client_metadata', 'Send the client metadata as application/json.', 415);
    const described = readRegistrationRequest(request.body, { allowLoopback: this.settings.allowLoopback });
    const registered = await this.bus.execute(new RegisterDynamicClient(described, contextOf(tenant, request)));
    return registrationAnswer({ ...described, ...registered, issuedAt: this.clock.seconds() });
  }
}
