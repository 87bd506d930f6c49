import { Injectable } from '@nestjs/common';
import { Clients } from '../../commands/agents/clients.js';
import { whenHere } from '../../commands/soon.js';
import type { IssuedGrant } from '../../commands/tokens/issued-grant.js';
import { OFFLINE_ACCESS } from '../../domain/token/identity-scopes.js';
import { type Answer, JSON_HEADERS } from '../http/answer.js';
import type { Asked } from '../http/asked.js';
import type { Form } from '../http/form.js';
import { Tenancy, contextOf } from '../http/tenancy.js';
import { ClientAuthentication } from './clients/client-authentication.js';
import type { FormEndpoint } from './form-endpoint.js';
import { formOf } from './form-of.js';
import { GrantTable } from './grants/grant-type.js';
import { loanAnswer } from './loan-answer.js';
import { OAuthError } from './oauth-error.js';
import { readDetails } from './read-details.js';
import { RequestRefusals } from './request-refusals.js';
import { ResourceParameter, readScopes } from './resource-parameter.js';

const REPEATABLE: ReadonlySet<string> = new Set(['resource', 'audience']);

/** RFC 6749 section 3.2. Authenticates the client, picks the grant from the table, hands over what the grant declared. */
@Injectable()
export class TokenEndpoint implements FormEndpoint {
  readonly path = '/token';

  constructor(
    private readonly tenancy: Tenancy,
    private readonly authentication: ClientAuthentication,
    private readonly grants: GrantTable,
    private readonly resources: ResourceParameter,
    private readonly clients: Clients,
    private readonly refusals: RequestRefusals,
  ) {}

  async answer(request: Asked): Promise<Answer> {
    const known = this.tenancy.of(request);
    const tenant = known instanceof Promise ? await known : known;
    const form = formOf(request);
    const twice = form.repeated(REPEATABLE);
    if (twice !== undefined) throw new OAuthError('invalid_request', 'A parameter is given twice.');
    const grantType = form.get('grant_type');
    if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is missing.');
    const grant = this.grants.get(grantType);
    const byGrant = grant?.identify && (await grant.identify(tenant, request, form));
    const authenticated = byGrant ?? this.authentication.authenticate(tenant, request, form);
    const client = authenticated instanceof Promise ? await authenticated : authenticated;
    const { agent, proven, vouchedBy, identified } = client;
    const context = contextOf(tenant, request, { kind: 'agent', id: agent.agentId });
    try {
      if (!grant) throw new OAuthError('unsupported_grant_type', `Supported grant types: ${[...this.grants.keys()].join(', ')}.`);
      // The document may have changed since; what it says now counts from the next request on.
      void this.clients.recheck(agent.clientId, context)?.catch(() => undefined);
      const { parameters: declared } = grant;
      const given = await grant.handle({
        tenant, agent, proven, vouchedBy, identified, context, http: request,
        parameter: (name) => (declared.includes(name) ? form.get(name) : undefined),
        resourceId: () => whenHere(this.resources.read(tenant.id, targetsOf(form, declared)), (resource) => resource?.resourceId),
        targets: () => targetsOf(form, declared),
        scopes: () => withoutOffline(readScopes(form.get('scope'))),
        authorizationDetails: () => (declared.includes('authorization_details') ? readDetails(form.get('authorization_details')) : undefined),
      });
      if (!('lendId' in given)) return { status: 200, headers: JSON_HEADERS, body: tokenAnswer(given) };
      return { status: 200, headers: { ...JSON_HEADERS, 'mandate-lend-id': given.lendId }, body: loanAnswer(given) };
    } catch (error) {
      // What a grant decided it has recorded itself.
      if (error instanceof OAuthError) await this.refusals.note(error, client, grantType, context);
      throw error;
    }
  }
}

/** Written by hand: every part is of our own making, and this is the hottest answer there is. */
const tokenAnswer = ({ accessToken, expiresIn, scopes, refreshToken, idToken, issuedTokenType }: IssuedGrant): string => {
  const type = issuedTokenType === undefined ? '' : `,"issued_token_type":"${issuedTokenType}"`;
  const refresh = refreshToken === undefined ? '' : `,"refresh_token":"${refreshToken}"`;
  const identity = idToken === undefined ? '' : `,"id_token":"${idToken}"`;
  return `{"access_token":"${accessToken}","token_type":"Bearer","expires_in":${expiresIn},"scope":${JSON.stringify(scopes.join(' '))}${refresh}${identity}${type}}`;
};

/** RFC 8693 section 2.1: `audience` names the target as well as `resource` does; a resource has one name here. */
const targetsOf = (form: Form, declared: readonly string[]): readonly string[] =>
  declared.includes('audience') ? [...form.all('resource'), ...form.all('audience')] : form.all('resource');

const withoutOffline = (scopes: readonly string[] | undefined): readonly string[] | undefined => {
  const left = scopes?.filter((scope) => scope !== OFFLINE_ACCESS);
  return left?.length === 0 ? undefined : left;
};
