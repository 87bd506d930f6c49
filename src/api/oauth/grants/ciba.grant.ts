import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { CollectApproval } from '../../../commands/approvals/collect-approval.js';
import type { IssuedGrant } from '../../../commands/tokens/issued-grant.js';
import { CIBA } from '../../../commands/tokens/token-refused.js';
import { OAuthError } from '../oauth-error.js';
import { type GrantRequest, GrantType } from './grant-type.js';

/** A nonce may travel in it. */
const MOST_LENGTH = 512;

/** CIBA Core 1.0 section 10.1, poll mode: for what `/bc-authorize` answered, and for what any other grant put off until a person confirms it. */
@Injectable()
export class CibaGrant extends GrantType {
  override readonly grantType = CIBA;
  override readonly parameters = ['auth_req_id'];

  constructor(private readonly bus: CommandBus) {
    super();
  }

  override async handle({ tenant, agent, vouchedBy, context, parameter }: GrantRequest): Promise<IssuedGrant> {
    const authReqId = parameter('auth_req_id');
    if (authReqId === undefined || authReqId.length > MOST_LENGTH) throw new OAuthError('invalid_request', 'auth_req_id is missing or too long.');
    return this.bus.execute(new CollectApproval({ issuer: tenant.issuer, agentId: agent.agentId, authReqId, vouchedBy }, context));
  }
}
