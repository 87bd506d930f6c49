import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ExchangeForCredential } from '../../../commands/tokens/exchange-for-credential.js';
import { ExchangeToken } from '../../../commands/tokens/exchange-token.js';
import { TOKEN_EXCHANGE } from '../../../commands/tokens/token-refused.js';
import { OAuthError } from '../oauth-error.js';
import { connectionNamed } from './connection-target.js';
import { type GrantAnswer, type GrantRequest, GrantType } from './grant-type.js';

const TYPE = 'urn:ietf:params:oauth:token-type:';
/** RFC 8693 section 3: every access token of ours is a JWT, so both names say the same. */
const ACCESS_TOKEN: readonly string[] = [`${TYPE}access_token`, `${TYPE}jwt`];
/** A token of ours has far less; what is larger is not looked at. */
const MOST_CHARACTERS = 8_192;

/** RFC 8693. */
@Injectable()
export class TokenExchangeGrant extends GrantType {
  override readonly grantType = TOKEN_EXCHANGE;
  override readonly parameters = ['subject_token', 'subject_token_type', 'actor_token', 'actor_token_type', 'requested_token_type', 'audience', 'authorization_details'];

  constructor(private readonly bus: CommandBus) {
    super();
  }

  override async handle(request: GrantRequest): Promise<GrantAnswer> {
    const { tenant, agent, proven, vouchedBy, context, parameter, resourceId, scopes } = request;
    if (!proven) throw new OAuthError('unauthorized_client', 'A public client can\'t exchange tokens: knowing its name proves nothing.');
    const requested = parameter('requested_token_type');
    const connectionName = connectionNamed(requested, request.targets(), ACCESS_TOKEN[0]!);
    if (connectionName === undefined && requested !== undefined && !ACCESS_TOKEN.includes(requested)) throw new OAuthError('invalid_request', `requested_token_type can be ${ACCESS_TOKEN.join(' or ')}.`);
    const subjectToken = readToken(request, 'subject_token');
    if (subjectToken === undefined) throw new OAuthError('invalid_request', 'subject_token is missing.');
    const asked = { issuer: tenant.issuer, agentId: agent.agentId, subjectToken, actorToken: readToken(request, 'actor_token'), scopes: scopes(), vouchedBy };
    if (connectionName !== undefined) return this.bus.execute(new ExchangeForCredential({ ...asked, connectionName }, context));
    return this.bus.execute(new ExchangeToken({ ...asked, resourceId: await resourceId(), authorizationDetails: request.authorizationDetails() }, context));
  }
}

/** A token and its type come together (RFC 8693 section 2.1). */
const readToken = ({ parameter }: GrantRequest, name: 'subject_token' | 'actor_token'): string | undefined => {
  const token = parameter(name);
  const type = parameter(`${name}_type`);
  if (token === undefined && type === undefined) return undefined;
  if (token === undefined || token.length > MOST_CHARACTERS) throw new OAuthError('invalid_request', `${name} is missing or too long.`);
  if (type === undefined || !ACCESS_TOKEN.includes(type)) throw new OAuthError('invalid_request', `${name}_type must be ${ACCESS_TOKEN.join(' or ')}.`);
  return token;
};
