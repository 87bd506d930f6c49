import type { Decider } from '../kernel/decider.js';
import type { DataOf } from '../kernel/fields.js';
import { Refusal } from '../kernel/refusal.js';
import { type AuthorizationEvent, authorizationEvents as on } from './authorization.events.js';
import { CODE_RETRY, REFRESH_ABSOLUTE_LIFETIME, REFRESH_GRACE, REFRESH_IDLE_LIFETIME } from './lifetimes.js';

export type CodeData = DataOf<typeof on.CodeIssued.fields>;
export type Authorization =
  | { readonly status: 'unknown' }
  | (CodeData & {
      /** code: not used yet. live: redeemed, `generation` is the one usable refresh token. dead: nothing works. */
      readonly status: 'code' | 'live' | 'dead';
      readonly generation: number;
      readonly redeemedAt: number;
      readonly rotatedAt: number;
    });
export type KnownAuthorization = Exclude<Authorization, { status: 'unknown' }>;

export type AuthorizationCommand =
  | { readonly type: 'IssueCode'; readonly code: CodeData }
  | {
      readonly type: 'RedeemCode'; readonly agentId: string; readonly now: number;
      /** S256 of the verifier the client sent; undefined when it sent none or a malformed one. */
      readonly challenge: string | undefined;
      readonly redirectUri: string | undefined;
    }
  | { readonly type: 'RotateRefresh'; readonly agentId: string; readonly generation: number; readonly now: number }
  | { readonly type: 'RevokeAuthorization'; readonly reason: string };

const isExpired = (state: KnownAuthorization, now: number): boolean =>
  now > state.rotatedAt + REFRESH_IDLE_LIFETIME || now > state.redeemedAt + REFRESH_ABSOLUTE_LIFETIME;

/** The same client with the same verifier, at once, and nothing was refreshed: it never got the answer (a crash, a cut connection). */
const isRetry = (state: KnownAuthorization, { agentId, challenge, now }: Extract<AuthorizationCommand, { type: 'RedeemCode' }>): boolean =>
  agentId === state.agentId && challenge === state.codeChallenge && state.generation === 0 && now <= state.redeemedAt + CODE_RETRY;

/**
 * One code, one redemption, one live leaf. Where a failure points at theft the answer is an event that kills the family
 * (the caller is refused after it is durable); where it does not, a Refusal.
 */
export const authorization: Decider<Authorization, AuthorizationCommand, AuthorizationEvent> = {
  initial: { status: 'unknown' },

  evolve(state, { type, data }) {
    if (type === 'CodeIssued') {
      // How it was decided is for the record, not for what comes after.
      const { decision: _, denied: __, policyVersion: ___, ruleIds: ____, ...code } = data;
      return { status: 'code', ...code, generation: 0, redeemedAt: 0, rotatedAt: 0 };
    }
    if (state.status === 'unknown') return state;
    switch (type) {
      case 'CodeRedeemed':
        return { ...state, status: 'live', redeemedAt: data.at, rotatedAt: data.at };
      case 'RefreshRotated':
        return { ...state, generation: data.generation, rotatedAt: data.at };
      case 'RefreshReplayedInGrace':
        return state;
      case 'CodeReplayed':
      case 'CodeBurned':
      case 'RefreshReuseDetected':
      case 'AuthorizationRevoked':
        return { ...state, status: 'dead' };
    }
  },

  decide(command, state) {
    if (command.type === 'IssueCode') {
      if (state.status !== 'unknown') throw new Refusal('authorization.redeemed', 'This authorization exists already.');
      return [on.CodeIssued(command.code)];
    }
    if (state.status === 'unknown') throw new Refusal('authorization.unknown', 'There is no such authorization.');
    const { authorizationId } = state;
    const burn = (reason: string) => [on.CodeBurned({ authorizationId, reason })];
    switch (command.type) {
      case 'RedeemCode': {
        // RFC 6749 section 4.1.2: a second use revokes all tokens of the first. Recorded once per family.
        if (state.status === 'live') {
          const lostTheAnswer = isRetry(state, command);
          return [lostTheAnswer ? on.AuthorizationRevoked({ authorizationId, reason: 'authorization.redeemed' }) : on.CodeReplayed({ authorizationId })];
        }
        if (state.status === 'dead') throw new Refusal('authorization.revoked', 'The code is no longer valid.');
        if (command.now >= state.expiresAt) throw new Refusal('authorization.expired', 'The code has expired.');
        if (command.agentId !== state.agentId) return burn('authorization.client_mismatch');
        if (command.challenge !== state.codeChallenge) return burn('authorization.pkce_failed');
        if (command.redirectUri !== undefined && command.redirectUri !== state.redirectUri) return burn('authorization.redirect_mismatch');
        return [on.CodeRedeemed({ authorizationId, at: command.now })];
      }
      case 'RotateRefresh': {
        const { generation, now } = command;
        if (state.status !== 'live') throw new Refusal('authorization.revoked', 'The refresh token is no longer valid.');
        // Whoever holds another agent's refresh token stole it: end the family.
        if (command.agentId !== state.agentId) return [on.AuthorizationRevoked({ authorizationId, reason: 'authorization.client_mismatch' })];
        if (isExpired(state, now)) throw new Refusal('authorization.expired', 'The refresh token has expired.');
        if (generation === state.generation) return [on.RefreshRotated({ authorizationId, generation: generation + 1, at: now })];
        if (generation === state.generation - 1 && now <= state.rotatedAt + REFRESH_GRACE)
          return [on.RefreshReplayedInGrace({ authorizationId, generation: state.generation })];
        return [on.RefreshReuseDetected({ authorizationId, generation })];
      }
      case 'RevokeAuthorization':
        return state.status === 'dead' ? [] : [on.AuthorizationRevoked({ authorizationId, reason: command.reason })];
    }
  },
};

/** Whether the command, decided now, would end in one of these events. A refusal is none. */
export const wouldBe = (command: AuthorizationCommand, state: Authorization, ...types: readonly AuthorizationEvent['type'][]): boolean => {
  try {
    return authorization.decide(command, state).some(({ type }) => types.includes(type));
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
};
