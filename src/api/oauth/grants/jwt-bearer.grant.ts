import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { IssuedGrant } from '../../../commands/tokens/issued-grant.js';
import { RedeemAssertion } from '../../../commands/tokens/redeem-assertion.js';
import { RedeemIdJag } from '../../../commands/tokens/redeem-id-jag.js';
import { JWT_BEARER } from '../../../commands/tokens/token-refused.js';
import type { KnownResource } from '../../../domain/resource/resource.decider.js';
import type { IdJag } from '../../../domain/trust/id-jag.js';
import type { Asked } from '../../http/asked.js';
import type { Form } from '../../http/form.js';
import type { TenantContext } from '../../http/tenancy.js';
import type { AuthenticatedClient } from '../clients/authenticated-client.js';
import { OAuthError } from '../oauth-error.js';
import { ResourceParameter } from '../resource-parameter.js';
import { WorkloadClients } from '../clients/workload-clients.js';
import { type GrantRequest, GrantType } from './grant-type.js';

/** Tokens of platforms have one or two thousand; what is larger is not looked at. */
const MOST_CHARACTERS = 16_384;

/** RFC 7523 section 2.1. */
@Injectable()
export class JwtBearerGrant extends GrantType {
  override readonly grantType = JWT_BEARER;
  override readonly parameters = ['assertion'];

  constructor(private readonly bus: CommandBus, private readonly workloads: WorkloadClients, private readonly resources: ResourceParameter) {
    super();
  }

  override async identify(tenant: TenantContext, request: Asked, form: Form): Promise<AuthenticatedClient | undefined> {
    const others = [request.headers.authorization, form.get('client_secret'), form.get('client_assertion')];
    if (others.some((one) => one !== undefined)) return undefined;
    const assertion = checked(form.get('assertion'));
    // It says for whom a client acts, and not who the client is.
    if (this.workloads.isIdJag(assertion)) return undefined;
    return this.workloads.byGrant(tenant, request, assertion, form.get('client_id'));
  }

  override async handle(request: GrantRequest): Promise<IssuedGrant> {
    const { tenant, agent, vouchedBy: clientVouchedBy, context, parameter, http, resourceId, scopes } = request;
    const assertion = checked(parameter('assertion'));
    if (this.workloads.isIdJag(assertion)) return this.forPerson(request, assertion);
    const believed = request.identified ?? (await this.workloads.byGrant(tenant, http, assertion, agent.clientId)).identified;
    const resource = (await resourceId()) ?? tenant.tenant.defaultResourceId;
    if (resource === undefined) throw new OAuthError('invalid_target', 'Name a resource (RFC 8707): this tenant has no default one.');
    return this.bus.execute(new RedeemAssertion({ issuer: tenant.issuer, agentId: agent.agentId, believed, clientVouchedBy, resourceId: resource, scopes: scopes() }, context));
  }

  /** ID-JAG: within what the identity provider allows, the client chooses. */
  private async forPerson(request: GrantRequest, assertion: string): Promise<IssuedGrant> {
    const { tenant, agent, proven, vouchedBy: clientVouchedBy, context, http, targets, scopes } = request;
    if (!proven) throw new OAuthError('unauthorized_client', 'A public client can\'t act on the word of an identity provider: knowing its name proves nothing.');
    const { believed, asserted } = await this.workloads.idJag(tenant, http, assertion, request);
    const [wanted, allowed] = [await this.resources.read(tenant.id, targets()), await this.allowed(tenant.id, asserted)];
    const resource = wanted ?? allowed[0] ?? (await this.byDefault(tenant));
    if (!resource || (asserted.resources.length > 0 && !allowed.some(({ resourceId }) => resourceId === resource.resourceId)))
      return this.workloads.refuse(tenant, http, { reason: 'assertion.resource_mismatch', rule: believed.rule, agentId: agent.agentId, clientVouchedBy }, 'grant');
    const asked = scopes() ?? asserted.scopes ?? resource.defaultScopes;
    const within = asked.filter((scope) => asserted.scopes?.includes(scope) ?? true);
    return this.bus.execute(new RedeemIdJag({ issuer: tenant.issuer, agent, believed, asserted, clientVouchedBy, resourceId: resource.resourceId, scopes: within }, context));
  }

  private async allowed(tenant: string, { resources }: IdJag): Promise<readonly KnownResource[]> {
    const found = await Promise.all(resources.slice(0, 20).map((uri) => this.resources.byUri(tenant, uri)));
    return found.filter((one) => one !== undefined);
  }

  private async byDefault({ id, tenant }: TenantContext): Promise<KnownResource | undefined> {
    return tenant.defaultResourceId === undefined ? undefined : this.resources.byId(id, tenant.defaultResourceId);
  }
}

const checked = (assertion: string | undefined): string => {
  if (assertion === undefined || assertion.length > MOST_CHARACTERS) throw new OAuthError('invalid_request', 'assertion is missing or too long.');
  return assertion;
};
