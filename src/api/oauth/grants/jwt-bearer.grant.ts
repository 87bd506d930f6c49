import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import type { IssuedGrant } from '../../../commands/tokens/issued-grant.js';
import { RedeemAssertion } from '../../../commands/tokens/redeem-assertion.js';
import { JWT_BEARER } from '../../../commands/tokens/token-refused.js';
import type { Form } from '../../http/form.js';
import type { TenantContext } from '../../http/tenancy.js';
import type { AuthenticatedClient } from '../authenticated-client.js';
import { OAuthError } from '../oauth-error.js';
import { WorkloadClients } from '../workload-clients.js';
import { type GrantRequest, GrantType } from './grant-type.js';

/** Tokens of platforms have one or two thousand; what is larger is not looked at. */
const MOST_CHARACTERS = 16_384;

/** RFC 7523 section 2.1. */
@Injectable()
export class JwtBearerGrant extends GrantType {
  override readonly grantType = JWT_BEARER;
  override readonly parameters = ['assertion'];

  constructor(private readonly bus: CommandBus, private readonly workloads: WorkloadClients) {
    super();
  }

  override async identify(tenant: TenantContext, request: FastifyRequest, form: Form): Promise<AuthenticatedClient | undefined> {
    const others = [request.headers.authorization, form.get('client_secret'), form.get('client_assertion')];
    if (others.some((one) => one !== undefined)) return undefined;
    return this.workloads.byGrant(tenant, request, checked(form.get('assertion')), form.get('client_id'));
  }

  override async handle(request: GrantRequest): Promise<IssuedGrant> {
    const { tenant, agent, context, parameter, http, resourceId, scopes } = request;
    const believed = request.identified ?? (await this.workloads.byGrant(tenant, http, checked(parameter('assertion')), agent.clientId)).identified;
    const resource = (await resourceId()) ?? tenant.tenant.defaultResourceId;
    if (resource === undefined) throw new OAuthError('invalid_target', 'Name a resource (RFC 8707): this tenant has no default one.');
    return this.bus.execute(new RedeemAssertion({ issuer: tenant.issuer, agentId: agent.agentId, believed, resourceId: resource, scopes: scopes() }, context));
  }
}

const checked = (assertion: string | undefined): string => {
  if (assertion === undefined || assertion.length > MOST_CHARACTERS) throw new OAuthError('invalid_request', 'assertion is missing or too long.');
  return assertion;
};
