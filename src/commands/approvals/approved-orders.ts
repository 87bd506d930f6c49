import { Injectable } from '@nestjs/common';
import type { KnownApproval } from '../../domain/approval/approval.decider.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { DerivedOrders } from '../tokens/derived-orders.js';
import { TokenHandles } from '../tokens/token-handles.js';
import type { TokenOrder, Vouchers } from '../tokens/token-order.js';
import { JWT_BEARER } from '../tokens/token-refused.js';
import { TokenStandings } from '../tokens/token-standings.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import type { AuthReqHandle } from './approval-handles.js';
import type { SpentApproval } from './spend-approval.js';

/** `proven`: by what the agent proved itself when it came for what was confirmed. A grant that another issuer's word is rests on that word. */
export const approvedVouchers = ({ grantType, vouchedBy, agreedAt }: KnownApproval, proven: VouchedBy | undefined): Vouchers =>
  (grantType === JWT_BEARER ? { vouchedBy: vouchedBy && { ...vouchedBy, agreedAt }, clientVouchedBy: proven } : { vouchedBy: proven });

/** An order, and whether a refresh token goes with it: the code that it was asked with gave none yet. */
export interface ApprovedOrder {
  readonly order: TokenOrder;
  readonly refreshToken?: string;
}

/** Makes the token request that a person confirmed again from what the ledger has of it. Everything else about it is decided anew. */
@Injectable()
export class ApprovedOrders {
  constructor(private readonly facts: AccessFactsReader, private readonly standings: TokenStandings, private readonly derived: DerivedOrders, private readonly handles: TokenHandles) {}

  /** `vouchedBy`: by what the agent proved itself when it came for it. */
  async of({ issuer, vouchedBy: proven, nonce }: Pick<TokenOrder, 'issuer' | 'vouchedBy'> & Pick<AuthReqHandle, 'nonce'>, known: KnownApproval, approval: SpentApproval, context: CommandContext): Promise<ApprovedOrder | RefusalCode> {
    const { agentId, principal, targetId, scopes, grantType, authorizationId, derivedFrom, confirmation } = known;
    const vouchers = approvedVouchers(known, proven);
    if (grantType === JWT_BEARER && !vouchers.vouchedBy) return 'trust.removed';
    const exact = { scopes, allScopes: true, approval, authorizationDetails: approval.authorizationDetails || undefined, ...vouchers } as const;
    if (derivedFrom) {
      const standing = await this.standings.of(context.tenant, derivedFrom.parent);
      const wanted = { issuer, agentId, resourceId: targetId, scopes };
      const order = await this.derived.order(wanted, { derivation: derivedFrom, standing }, context);
      return order ? { order: { ...order, ...exact } } : 'scope.none_allowed';
    }
    const facts = await this.facts.gather({ tenant: context.tenant, agentId, principal, resourceId: targetId });
    const order = { issuer, grantType, facts, context, ...exact, grantEpoch: undefined };
    if (authorizationId !== undefined) return this.inFamily(order, { id: authorizationId, generation: known.generation ?? 0, nonce }, context);
    // Asked for the person first: the confirmation is how they proved who they are.
    if (known.purpose === 'ask' && confirmation) return { order: { ...order, signedIn: { authTime: confirmation.authTime, methods: confirmation.methods } } };
    return { order };
  }

  private async inFamily(order: TokenOrder, { id, generation, nonce }: Pick<NonNullable<TokenOrder['authorization']>, 'id' | 'generation' | 'nonce'>, { tenant }: CommandContext): Promise<ApprovedOrder | RefusalCode> {
    const { state } = await this.facts.family(tenant, id);
    if (state.status !== 'live') return 'authorization.revoked';
    const authorization = { id, generation, authTime: state.authTime, methods: state.methods, nonce };
    const isFirst = order.grantType === 'authorization_code' && state.refreshable;
    return { order: { ...order, grantEpoch: state.grantEpoch, authorization }, ...(isFirst ? { refreshToken: this.handles.refreshToken(tenant, { authorizationId: id, generation: 0 }) } : {}) };
  }
}
