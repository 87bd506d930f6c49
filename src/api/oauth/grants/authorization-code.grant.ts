import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { IssuedGrant } from '../../../commands/tokens/issued-grant.js';
import { RedeemCode } from '../../../commands/tokens/redeem-code.js';
import { OAuthError } from '../oauth-error.js';
import { type GrantRequest, GrantType } from './grant-type.js';

/** RFC 6749 section 4.1.3 with RFC 7636. */
@Injectable()
export class AuthorizationCodeGrant extends GrantType {
  override readonly grantType = 'authorization_code';
  override readonly parameters = ['code', 'redirect_uri', 'code_verifier'];

  constructor(private readonly bus: CommandBus) {
    super();
  }

  override async handle({ tenant, agent, vouchedBy, context, parameter, resourceId }: GrantRequest): Promise<IssuedGrant> {
    const code = parameter('code');
    if (code === undefined) throw new OAuthError('invalid_request', 'code is missing.');
    return this.bus.execute(new RedeemCode({
      issuer: tenant.issuer, agentId: agent.agentId, vouchedBy, code, codeVerifier: parameter('code_verifier'),
      redirectUri: parameter('redirect_uri'), resourceId: await resourceId(),
    }, context));
  }
}
