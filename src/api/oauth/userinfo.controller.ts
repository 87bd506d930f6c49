import { Controller, Get, Header, HttpCode, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { InspectToken } from '../../commands/tokens/inspect-token.js';
import { RevealIdentity } from '../../commands/users/reveal-identity.js';
import { bearerToken } from '../http/bearer.js';
import { Form } from '../http/form.js';
import { Tenancy, contextOf } from '../http/tenancy.js';
import { OAuthError } from './oauth-error.js';

const CHALLENGE = 'Bearer realm="mandate", scope="openid"';
const challenged = (error: 'invalid_token' | 'insufficient_scope', status: number, description: string): OAuthError =>
  new OAuthError(error, description, status, { 'www-authenticate': `${CHALLENGE}, error="${error}"` });
const notValid = (): OAuthError => challenged('invalid_token', 401, 'The access token is not valid here, or not any more.');

/** OpenID Connect Core section 5.3: who the person is on whose authority the token was issued, as far as they agreed to tell. */
@Controller('userinfo')
export class UserinfoController {
  constructor(private readonly tenancy: Tenancy, private readonly inspect: InspectToken, private readonly bus: CommandBus) {}

  @Get()
  @Header('cache-control', 'no-store')
  byGet(@Req() request: FastifyRequest): Promise<object> {
    return this.userinfo(request, undefined);
  }

  @Post()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  byPost(@Req() request: FastifyRequest): Promise<object> {
    return this.userinfo(request, request.body instanceof Form ? request.body.get('access_token') : undefined);
  }

  private async userinfo(request: FastifyRequest, posted: string | undefined): Promise<object> {
    const tenant = await this.tenancy.of(request);
    const { authorization } = request.headers;
    if (authorization !== undefined && posted !== undefined) throw new OAuthError('invalid_request', 'Send the access token in one way only (RFC 6750 section 2).');
    const token = posted ?? bearerToken(request);
    // RFC 6750 section 3.1: who sent no token at all is told how, and no error.
    if (token === undefined && authorization === undefined)
      throw new OAuthError('invalid_token', 'Send an access token in the Authorization header.', 401, { 'www-authenticate': CHALLENGE });
    const claims = token === undefined ? undefined : await this.inspect.active(tenant.id, tenant.issuer, token);
    if (!claims) throw notValid();
    const scopes = claims.scope.split(' ');
    const principal = this.inspect.principal(claims);
    if (principal.kind !== 'user' || !scopes.includes('openid')) throw challenged('insufficient_scope', 403, 'The access token does not carry the scope openid.');
    const person = await this.bus.execute(new RevealIdentity(this.inspect.issuance(claims), contextOf(tenant, request, this.inspect.actor(claims))));
    if (!person) throw notValid();
    // Nobody has checked that the address is theirs: a client that links accounts by it must know.
    return { sub: principal.id, ...person, ...(person.email === undefined ? {} : { email_verified: false }) };
  }
}
