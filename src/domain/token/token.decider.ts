import type { Decider } from '../kernel/decider.js';
import { type TokenEvent, tokenEvents as on } from './token.events.js';

export interface AccessTokenState {
  readonly revoked: boolean;
}
export interface RevokeToken {
  readonly type: 'RevokeToken';
  readonly jti: string;
  readonly agentId: string;
  readonly reason: string;
}

/** Only a revoked token has a stream of its own; issuance stands in the agent's activity. */
export const token: Decider<AccessTokenState, RevokeToken, TokenEvent> = {
  initial: { revoked: false },
  evolve: () => ({ revoked: true }),
  decide: ({ jti, agentId, reason }, state) => (state.revoked ? [] : [on.TokenRevoked({ jti, agentId, reason })]),
};
