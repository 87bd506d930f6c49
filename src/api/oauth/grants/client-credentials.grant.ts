import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { whenHere } from '../../../commands/soon.js';
import { IssueClientToken } from '../../../commands/tokens/issue-client-token.js';
import type { IssuedGrant } from '../../../commands/tokens/issued-grant.js';
import { OAuthError } from '../oauth-error.js';
import { type GrantRequest, GrantType } from './grant-type.js';

/** RFC 6749 section 4.4: confidential clients only, since possession of the name alone proves nothing. */
@Injectable()
export class ClientCredentialsGrant extends GrantType {
  override readonly grantType = 'client_credentials';
  override readonly parameters = ['authorization_details'];

  constructor(private readonly bus: CommandBus) {
    super();
  }

  override handle({ tenant, agent, proven, vouchedBy, context, resourceId, scopes, authorizationDetails }: GrantRequest): Promise<IssuedGrant> {
    if (!proven) throw new OAuthError('unauthorized_client', 'A public client can\'t use this grant type.');
    return whenHere(resourceId(), (named) => {
      const resource = named ?? tenant.tenant.defaultResourceId;
      if (resource === undefined) throw new OAuthError('invalid_target', 'Name a resource (RFC 8707): this tenant has no default one.');
      return this.bus.execute(new IssueClientToken({ issuer: tenant.issuer, agentId: agent.agentId, resourceId: resource, scopes: scopes(), authorizationDetails: authorizationDetails(), vouchedBy }, context));
    });
  }
}
