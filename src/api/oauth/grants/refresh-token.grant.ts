import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { IssuedGrant } from '../../../commands/tokens/issued-grant.js';
import { RotateRefreshToken } from '../../../commands/tokens/rotate-refresh-token.js';
import { OAuthError } from '../oauth-error.js';
import { type GrantRequest, GrantType } from './grant-type.js';

/** RFC 6749 section 6. */
@Injectable()
export class RefreshTokenGrant extends GrantType {
  override readonly grantType = 'refresh_token';
  override readonly parameters = ['refresh_token', 'authorization_details'];

  constructor(private readonly bus: CommandBus) {
    super();
  }

  override async handle({ tenant, agent, vouchedBy, context, parameter, resourceId, scopes, authorizationDetails }: GrantRequest): Promise<IssuedGrant> {
    const refreshToken = parameter('refresh_token');
    if (refreshToken === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing.');
    return this.bus.execute(new RotateRefreshToken({
      issuer: tenant.issuer, agentId: agent.agentId, vouchedBy, refreshToken, resourceId: await resourceId(), scopes: scopes(), authorizationDetails: authorizationDetails(),
    }, context));
  }
}
