import { Injectable } from '@nestjs/common';
import type { Derivation } from '../../domain/approval/approval.events.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { isIdentityScope } from '../../domain/token/identity-scopes.js';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { type ExchangeRequest, isIntendedFor } from './exchange-subjects.js';
import type { TokenOrder } from './token-order.js';
import { TOKEN_EXCHANGE } from './token-refused.js';
import type { Standing } from './token-standings.js';

type Wanted = Pick<ExchangeRequest, 'issuer' | 'agentId' | 'resourceId' | 'scopes' | 'authorizationDetails' | 'vouchedBy'>;

/** What may be made from a token: asked when it is exchanged, and again when a person has confirmed it meanwhile. */
@Injectable()
export class DerivedOrders {
  constructor(private readonly facts: AccessFactsReader) {}

  /** Undefined when more is wanted than there can be. */
  async order(wanted: Wanted, { derivation, standing }: { derivation: Derivation; standing: Standing }, context: CommandContext): Promise<TokenOrder | undefined> {
    const { issuer, agentId, resourceId, scopes, authorizationDetails, vouchedBy } = wanted;
    const { parent, subject, actors, methods, mayAct } = derivation;
    const target = resourceId ?? parent.resourceId;
    const facts = await this.facts.gather({ tenant: context.tenant, agentId, principal: parent.principal, resourceId: target });
    const granted = this.facts.granted(facts);
    // At the resource of the subject token its scopes are the bound; elsewhere they mean nothing, and the grant is. Who the
    // person is was told to the agent that they signed in to, and goes no further.
    const isAtHome = target === parent.resourceId;
    const most = (isAtHome ? standing.scopes() : granted).filter((scope) => !isIdentityScope(scope));
    if (scopes && !covers(most, scopes)) return undefined;
    const isSame = agentId === parent.agentId && isAtHome;
    const problem = (derived: readonly string[]): RefusalCode | undefined => {
      if (!isIntendedFor(agentId, { agentId: parent.agentId, mayAct }, standing)) return 'delegation.not_intended';
      return standing.problem() ?? (isAtHome && !covers(standing.scopes(), derived) ? 'scope.none_allowed' : undefined);
    };
    return {
      issuer, grantType: TOKEN_EXCHANGE, facts, context, scopes: scopes ?? most, allScopes: scopes !== undefined, authorizationDetails, vouchedBy,
      grantEpoch: isSame ? parent.grantEpoch : undefined,
      derivedFrom: { parent, relied: standing.relied, problem, subject, actors, methods, mayAct },
    };
  }
}

const covers = (have: readonly string[], want: readonly string[]): boolean => want.every((scope) => have.includes(scope));
