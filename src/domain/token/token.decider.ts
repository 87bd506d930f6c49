import type { Decider } from '../kernel/decider.js';
import { type Issuance, type TokenEvent, tokenEvents as on } from './token.events.js';

export interface AccessTokenState {
  readonly revoked: boolean;
  /** The token that this one was made from. */
  readonly parent?: Issuance;
}
export type TokenCommand =
  | { readonly type: 'DeriveToken'; readonly jti: string; readonly agentId: string; readonly parent: Issuance }
  | { readonly type: 'RevokeToken'; readonly jti: string; readonly agentId: string; readonly reason: string };

/** Only a token that was derived or revoked has a stream of its own; issuance stands in the agent's activity. */
export const token: Decider<AccessTokenState, TokenCommand, TokenEvent> = {
  initial: { revoked: false },
  evolve: (state, { type, data }) => (type === 'TokenDerived' ? { ...state, parent: data.parent } : { ...state, revoked: true }),
  decide(command, state) {
    const { jti, agentId } = command;
    if (command.type === 'DeriveToken') return [on.TokenDerived({ jti, agentId, parent: command.parent })];
    return state.revoked ? [] : [on.TokenRevoked({ jti, agentId, reason: command.reason })];
  },
};
