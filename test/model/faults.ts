import { AccessFactsReader } from '../../src/commands/access-facts.js';
import type { AccessRequest } from '../../src/domain/policy/access-request.js';
import { type AuthorizationCommand, authorization } from '../../src/domain/authorization/authorization.decider.js';
import { agent } from '../../src/domain/agent/agent.decider.js';
import { token } from '../../src/domain/token/token.decider.js';
import { approval } from '../../src/domain/approval/approval.decider.js';
import { prompts } from '../../src/domain/prompt/prompt.decider.js';
import { IssueToken } from '../../src/commands/tokens/issue-token.js';
import { TokenHandles } from '../../src/commands/tokens/token-handles.js';

/** Takes one check out of the hub in this process; gives what puts it back. */
export type Fault = () => () => void;

const replacing = <T extends object, K extends keyof T>(object: T, name: K, make: (real: T[K]) => T[K]): Fault => () => {
  const real = object[name];
  object[name] = make(real);
  return () => {
    object[name] = real;
  };
};

type Decide = typeof authorization.decide;
type Redeem = Extract<AuthorizationCommand, { type: 'RedeemCode' }>;
type Live = Exclude<Parameters<Decide>[1], { status: 'unknown' }>;

/** The code's redemption is decided on another command or state than the one there is. */
const redeeming = (change: (command: Redeem, state: Live) => readonly [Redeem, Live]): Fault =>
  replacing(authorization, 'decide', (real) => (command, state) =>
    (command.type === 'RedeemCode' && state.status !== 'unknown' ? real(...change(command, state)) : real(command, state)));
const instead = (type: string, other: (data: { authorizationId: string; generation: number }) => ReturnType<Decide>): Fault =>
  replacing(authorization, 'decide', (real) => (command, state) =>
    real(command, state).flatMap((event) => (event.type === type ? other({ generation: 0, ...event.data }) : [event])));
const judging = (change: (request: AccessRequest) => AccessRequest): Fault =>
  replacing(AccessFactsReader.prototype, 'request', (real) => function request(this: AccessFactsReader, ...given) {
    return change(real.apply(this, given));
  });

export const faults: Readonly<Record<string, Fault>> = {
  'the verifier is not looked at': redeeming((command, state) => [{ ...command, challenge: state.codeChallenge }, state]),
  'any client may redeem a code': redeeming((command, state) => [{ ...command, agentId: state.agentId }, state]),
  'the redirect URI is not compared': redeeming((command, state) => [{ ...command, redirectUri: undefined }, state]),
  'codes never expire': redeeming((command, state) => [{ ...command, now: 0 }, state]),
  'a code works twice': redeeming((command, state) => [command, state.status === 'live' ? { ...state, status: 'code' } : state]),
  'a code that came twice ends nothing': replacing(authorization, 'evolve', (real) => (state, event) => (event.type === 'CodeReplayed' ? state : real(state, event))),
  'a failed proof burns no code': replacing(authorization, 'evolve', (real) => (state, event) => (event.type === 'CodeBurned' ? state : real(state, event))),
  'a replaced refresh token works for ever': instead('RefreshReuseDetected', ({ authorizationId }) => [{ type: 'RefreshReplayedInGrace', data: { authorizationId, generation: 1 } }]),
  'a reuse ends nothing': replacing(authorization, 'evolve', (real) => (state, event) => (event.type === 'RefreshReuseDetected' ? state : real(state, event))),
  'there is no grace': instead('RefreshReplayedInGrace', ({ authorizationId }) => [{ type: 'RefreshReuseDetected', data: { authorizationId, generation: 0 } }]),
  'a revoked family lives on': replacing(authorization, 'evolve', (real) => (state, event) => (event.type === 'AuthorizationRevoked' ? state : real(state, event))),
  'a revoked access token is active': replacing(token, 'evolve', () => () => ({ revoked: false })),
  'a suspended agent gets tokens': judging((request) => ({ ...request, agent: request.agent.status === 'suspended' ? { ...request.agent, status: 'active' } : request.agent })),
  'a resumed agent stays suspended': replacing(agent, 'evolve', (real) => (state, event) => (event.type === 'AgentResumed' ? state : real(state, event))),
  'what an older grant gave comes back with a new one': judging((request) => ({ ...request, grantEpoch: undefined })),
  'narrowing changes nothing': judging((request) => ({
    ...request, grant: typeof request.grant === 'object' && request.grant.status === 'active' ? { ...request.grant, scopes: ['notes:read', 'notes:write'] } : request.grant,
  })),
  'a revoked grant counts': judging((request) => ({
    ...request, grant: typeof request.grant === 'object' && request.grant.status === 'revoked' ? { ...request.grant, status: 'active' } : request.grant,
  })),
  'a successor is another one each time': replacing(TokenHandles.prototype, 'refreshToken', (real) => function refreshToken(this: TokenHandles, tenant, handle) {
    return real.call(this, tenant, { ...handle, generation: handle.generation + 1 });
  }),
};

const approvalWithout = (type: string): Fault => replacing(approval, 'evolve', (real) => (state, event) => (event.type === type ? state : real(state, event)));
type Particulars = { particulars(order: { derivedFrom?: unknown }, ...rest: readonly unknown[]): unknown };

/** What agents that act for themselves, exchange and ask would notice. */
export const serviceFaults: Readonly<Record<string, Fault>> = {
  'a token outlives what it was made from': replacing(token, 'evolve', (real) => (state, event) => (event.type === 'TokenDerived' ? state : real(state, event))),
  'a token that was made from another lives its own time': replacing(IssueToken.prototype as unknown as Particulars, 'particulars', (real) => function particulars(this: IssueToken, { derivedFrom: _, ...order }, ...rest) {
    return real.call(this as never, order, ...rest);
  }),
  'what was confirmed works twice': approvalWithout('ApprovalConsumed'),
  'what was taken back counts': approvalWithout('ApprovalWithdrawn'),
  'what was confirmed never ends': replacing(approval, 'evolve', (real) => (state, event) => {
    const next = real(state, event);
    return next.status === 'unknown' ? next : { ...next, expiresAt: Infinity };
  }),
  'a no is forgotten at once': replacing(prompts, 'decide', (real) => (command, state) => real({ ...command, last: command.last && { ...command.last, is: command.last.is === 'denied' ? 'over' : command.last.is } }, state)),
  'a server that is suspended exchanges': faults['a suspended agent gets tokens']!,
  'what an agent may do for itself no more it does': faults['a revoked grant counts']!,
};
