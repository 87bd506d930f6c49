import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { USE_SCOPE, brokerUri } from '../../commands/resources/hub-resources.js';
import { LiveState } from '../../commands/live-state.js';
import { InspectToken } from '../../commands/tokens/inspect-token.js';
import { type Standing, TokenStandings } from '../../commands/tokens/token-standings.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import type { AccessTokenClaims } from '../../domain/token/access-token.js';
import { bearerToken } from '../http/bearer.js';
import type { TenantContext } from '../http/tenancy.js';
import { unauthenticatedAgent } from './forward-problems.js';

/** Whoever calls a service through the hub, by a token for the hub's own door. */
export interface ForwardCaller {
  readonly claims: AccessTokenClaims;
  /** `problem` asks for the scope too: a door that was closed meanwhile is closed at the loan's own place in the log. */
  readonly standing: Pick<Standing, 'relied' | 'problem' | 'ancestors' | 'attestedBy'>;
}

@Injectable()
export class ForwardCallers {
  constructor(private readonly inspect: InspectToken, private readonly standings: TokenStandings, private readonly live: LiveState) {}

  /** Throws what RFC 6750 says to who may not come in. */
  async of(tenant: TenantContext, request: FastifyRequest): Promise<ForwardCaller> {
    const jwt = bearerToken(request);
    const claims = jwt === undefined ? undefined : await this.inspect.verified(tenant.id, tenant.issuer, jwt);
    if (claims?.aud !== brokerUri(tenant.issuer)) throw unauthenticatedAgent(tenant.issuer, request.headers.authorization === undefined ? undefined : 'invalid_token');
    const standing = await this.standings.of(tenant.id, this.inspect.issuance(claims));
    const problem = (): RefusalCode | undefined => standing.problem() ?? (standing.scopes().includes(USE_SCOPE) ? undefined : 'token.scope_missing');
    // What the token was issued on may be news to this node: nobody is turned away on an old view.
    if (problem() !== undefined) await this.live.catchUp();
    const ended = problem();
    if (ended !== undefined) throw unauthenticatedAgent(tenant.issuer, ended === 'token.scope_missing' ? 'insufficient_scope' : 'invalid_token');
    return { claims, standing: { relied: standing.relied, ancestors: standing.ancestors, attestedBy: standing.attestedBy, problem } };
  }
}
