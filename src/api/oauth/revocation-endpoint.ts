import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { RevokeToken } from '../../commands/tokens/revoke-token.js';
import type { Answer } from '../http/answer.js';
import type { Asked } from '../http/asked.js';
import { Tenancy, contextOf } from '../http/tenancy.js';
import { ClientAuthentication } from './clients/client-authentication.js';
import type { FormEndpoint } from './form-endpoint.js';
import { formOf } from './form-of.js';
import { OAuthError } from './oauth-error.js';

const REVOKED: Answer = { status: 200, headers: {}, body: '' };

/** RFC 7009. 200 also for a token that nobody knows: telling would make this an oracle. */
@Injectable()
export class RevocationEndpoint implements FormEndpoint {
  readonly path = '/revoke';

  constructor(
    private readonly tenancy: Tenancy,
    private readonly authentication: ClientAuthentication,
    private readonly bus: CommandBus,
  ) {}

  async answer(request: Asked): Promise<Answer> {
    const tenant = await this.tenancy.of(request);
    const form = formOf(request);
    const { agent, vouchedBy } = await this.authentication.authenticate(tenant, request, form);
    const token = form.get('token');
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing.');
    const context = contextOf(tenant, request, { kind: 'agent', id: agent.agentId });
    await this.bus.execute(new RevokeToken({ token, agentId: agent.agentId, vouchedBy, issuer: tenant.issuer }, context));
    return REVOKED;
  }
}
