import { Injectable } from '@nestjs/common';
import { InspectToken } from '../../commands/tokens/inspect-token.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { KnownResource } from '../../domain/resource/resource.decider.js';
import type { AccessTokenClaims } from '../../domain/token/access-token.js';
import { type Answer, JSON_HEADERS } from '../http/answer.js';
import type { Asked } from '../http/asked.js';
import type { Form } from '../http/form.js';
import { Tenancy, type TenantContext } from '../http/tenancy.js';
import { ClientAuthentication } from './clients/client-authentication.js';
import { presentedClient } from './clients/client-credentials-in-request.js';
import type { FormEndpoint } from './form-endpoint.js';
import { formOf } from './form-of.js';
import { OAuthError, invalidClient } from './oauth-error.js';
import { ResourceParameter } from './resource-parameter.js';

/** Whatever else begins like one is not looked up: a look-up is remembered, and names of any length would fill the memory. */
const RESOURCE_ID = /^res_[\w-]{1,64}$/;

const answerOf = (said: object): Answer => ({ status: 200, headers: JSON_HEADERS, body: JSON.stringify(said) });

/** RFC 7662. A resource server sees its own tokens, an agent those issued to it; everything else is inactive to them. */
@Injectable()
export class IntrospectionEndpoint implements FormEndpoint {
  readonly path = '/introspect';

  constructor(
    private readonly tenancy: Tenancy,
    private readonly authentication: ClientAuthentication,
    private readonly resources: ResourceParameter,
    private readonly inspect: InspectToken,
    private readonly crypto: Crypto,
  ) {}

  async answer(request: Asked): Promise<Answer> {
    const tenant = await this.tenancy.of(request);
    const form = formOf(request);
    const mayPresent = await this.caller(tenant, request, form);
    const token = form.get('token');
    if (token === undefined) throw new OAuthError('invalid_request', 'token is missing.');
    const claims = await this.inspect.active(tenant.id, tenant.issuer, token);
    if (!claims || !mayPresent(claims)) return answerOf({ active: false });
    return answerOf({ active: true, token_type: 'Bearer', ...claims });
  }

  /** Who asks, as a test on what they may see (CVE-2026-37979: never the tokens of another resource server). */
  private async caller(tenant: TenantContext, request: Asked, form: Form): Promise<(token: AccessTokenClaims) => boolean> {
    const { clientId, secret, triedBasic } = presentedClient(request.headers.authorization, form);
    const server = RESOURCE_ID.test(clientId) ? await this.resources.byId(tenant.id, clientId) : undefined;
    if (server) {
      if (!this.secretHolds(server, secret)) throw invalidClient('The resource server could not be authenticated.', triedBasic);
      return ({ aud }) => aud === server.uri;
    }
    const { agent, proven } = await this.authentication.authenticate(tenant, request, form);
    if (!proven) throw invalidClient('A public client can\'t introspect tokens.', triedBasic);
    return (token) => token.agent === agent.agentId;
  }

  private secretHolds({ secretDigest }: KnownResource, secret: string | undefined): boolean {
    return secret !== undefined && secretDigest !== undefined && this.crypto.equal(this.crypto.sha256(secret), secretDigest);
  }
}
