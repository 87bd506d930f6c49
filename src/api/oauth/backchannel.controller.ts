import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { AskPerson, type PersonRequest } from '../../commands/approvals/ask-person.js';
import { CIBA } from '../../commands/tokens/token-refused.js';
import { SEALED } from '../../domain/kernel/fields.js';
import { OFFLINE_ACCESS } from '../../domain/token/identity-scopes.js';
import type { Form } from '../http/form.js';
import { Tenancy, type TenantContext, contextOf } from '../http/tenancy.js';
import type { AuthenticatedClient } from './clients/authenticated-client.js';
import { ClientAuthentication } from './clients/client-authentication.js';
import { formOf } from './form-of.js';
import { OAuthError } from './oauth-error.js';
import { PersonHints } from './person-hints.js';
import { readDetails } from './read-details.js';
import { RequestRefusals } from './request-refusals.js';
import { ResourceParameter, readScopes } from './resource-parameter.js';

const REPEATABLE: ReadonlySet<string> = new Set(['resource']);
/** What a person can read and compare: no line ends, no characters that turn the text around. */
const MESSAGE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;
/** As the event counts them: what is written as two halves is two. */
const MOST_CHARACTERS = 200;

/** Looked at before anything is claimed for it: what can't be recorded asks nobody. */
const canBeShown = (text: string): boolean => text.length <= MOST_CHARACTERS && MESSAGE.test(text) && !text.startsWith(SEALED);

/** CIBA Core 1.0 section 7, poll mode: an agent that has no browser to send a person to asks the hub to ask them. */
@Controller()
export class BackchannelController {
  constructor(
    private readonly tenancy: Tenancy,
    private readonly authentication: ClientAuthentication,
    private readonly resources: ResourceParameter,
    private readonly hints: PersonHints,
    private readonly refusals: RequestRefusals,
    private readonly bus: CommandBus,
  ) {}

  @Post('bc-authorize')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async ask(@Req() request: FastifyRequest): Promise<object> {
    const tenant = await this.tenancy.of(request);
    const form = formOf(request);
    if (form.repeated(REPEATABLE) !== undefined) throw new OAuthError('invalid_request', 'A parameter is given twice.');
    const client = await this.authentication.authenticate(tenant, request, form);
    const context = contextOf(tenant, request, { kind: 'agent', id: client.agent.agentId });
    try {
      const { authReqId, interval, expiresIn, number } = await this.bus.execute(new AskPerson(await this.wish(tenant, form, client), context));
      return { auth_req_id: authReqId, expires_in: expiresIn, interval, binding_code: number };
    } catch (error) {
      if (error instanceof OAuthError) await this.refusals.note(error, client, CIBA, context);
      throw error;
    }
  }

  private async wish(tenant: TenantContext, form: Form, { agent, proven, vouchedBy }: AuthenticatedClient): Promise<PersonRequest> {
    if (!proven || !agent.metadata.grantTypes.includes(CIBA)) throw new OAuthError('unauthorized_client', `This client is not registered for ${CIBA}, or has not proven who it is.`);
    const scopes = readScopes(form.get('scope'))?.filter((scope) => scope !== OFFLINE_ACCESS);
    return {
      issuer: tenant.issuer, agentId: agent.agentId, userId: await this.hints.userId(tenant, agent.clientId, form), resourceId: await this.resource(tenant, form),
      scopes: scopes?.length === 0 ? undefined : scopes, authorizationDetails: readDetails(form.get('authorization_details')), bindingMessage: message(form), lifetime: lifetime(form), vouchedBy,
    };
  }

  private async resource(tenant: TenantContext, form: Form): Promise<string> {
    const found = (await this.resources.read(tenant.id, form.all('resource')))?.resourceId ?? tenant.tenant.defaultResourceId;
    if (found === undefined) throw new OAuthError('invalid_target', 'Name a resource (RFC 8707): this tenant has no default one.');
    return found;
  }
}

const message = (form: Form): string | undefined => {
  const text = form.get('binding_message');
  if (text !== undefined && !canBeShown(text)) throw new OAuthError('invalid_binding_message', 'binding_message has at most 200 characters, all of which can be shown in one line.');
  return text;
};

const lifetime = (form: Form): number | undefined => {
  const text = form.get('requested_expiry');
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new OAuthError('invalid_request', 'requested_expiry must be a number of seconds.');
  return Number(text);
};
