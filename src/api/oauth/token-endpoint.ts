import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Clients } from '../../commands/agents/clients.js';
import type { CommandContext } from '../../commands/command-context.js';
import { NoteRefusal } from '../../commands/note-refusal.js';
import { whenHere } from '../../commands/soon.js';
import type { IssuedGrant } from '../../commands/tokens/issued-grant.js';
import { vouchersOf } from '../../commands/tokens/token-order.js';
import type { VouchedBy } from '../../commands/trust/vouched-by.js';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { OFFLINE_ACCESS } from '../../domain/token/identity-scopes.js';
import { type Answer, JSON_HEADERS } from '../http/answer.js';
import type { Asked } from '../http/asked.js';
import type { Form } from '../http/form.js';
import { Tenancy, contextOf } from '../http/tenancy.js';
import { ClientAuthentication } from './client-authentication.js';
import { GrantTable } from './grants/grant-type.js';
import { loanAnswer } from './loan-answer.js';
import { OAuthError, type OAuthErrorCode } from './oauth-error.js';
import { readDetails } from './read-details.js';
import { ResourceParameter, readScopes } from './resource-parameter.js';
import { formOf } from './form-of.js';

const REPEATABLE: ReadonlySet<string> = new Set(['resource', 'audience']);
/** As specifications name them: a word, or a URN. */
const GRANT_TYPE_NAME = /^([a-z_]{1,32}|urn:[a-z0-9:_-]{1,128})$/;
/** What is refused before a decision is made, and is more than a mistake in the form of the request. */
const REASONS: Partial<Record<OAuthErrorCode, RefusalCode>> = {
  unsupported_grant_type: 'agent.grant_type_not_allowed', unauthorized_client: 'client.unauthenticated',
  invalid_target: 'resource.unknown', invalid_scope: 'scope.none_allowed',
};

/** RFC 6749 section 3.2. Authenticates the client, picks the grant from the table, hands over what the grant declared. */
@Injectable()
export class TokenEndpoint {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly authentication: ClientAuthentication,
    private readonly grants: GrantTable,
    private readonly resources: ResourceParameter,
    private readonly clients: Clients,
    private readonly bus: CommandBus,
  ) {}

  async token(request: Asked): Promise<Answer> {
    const tenant = await this.tenancy.of(request);
    const form = formOf(request);
    const twice = form.repeated(REPEATABLE);
    if (twice !== undefined) throw new OAuthError('invalid_request', 'A parameter is given twice.');
    const grantType = form.get('grant_type');
    if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is missing.');
    const grant = this.grants.get(grantType);
    const byGrant = grant?.identify && (await grant.identify(tenant, request, form));
    const { agent, proven, vouchedBy, identified } = byGrant ?? (await this.authentication.authenticate(tenant, request, form));
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
      if (error instanceof OAuthError) await this.note(error, { agentId: agent.agentId, vouchedBy: vouchedBy ?? identified?.vouchedBy }, grantType, context);
      throw error;
    }
  }

  private async note({ error }: OAuthError, { agentId, vouchedBy }: { agentId: string; vouchedBy: VouchedBy | undefined }, name: string, context: CommandContext): Promise<void> {
    const reason = REASONS[error];
    if (reason === undefined) return;
    // The name is the caller's own, and knowing a public client's name is enough to be one: an address or a secret that
    // stands there by mistake or malice must not get into a ledger that can't forget it.
    const grantType = GRANT_TYPE_NAME.test(name) ? name : 'unknown';
    await this.bus.execute(new NoteRefusal(activityEvents.TokenRefused({ agentId, grantType, error, reason, ...vouchersOf({ vouchedBy }) }), context));
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
