import type { Agent } from '../agent/agent.decider.js';
import type { Connection } from '../connection/connection.decider.js';
import type { Grant } from '../grant/grant.decider.js';
import type { Principal } from '../grant/principal.js';
import type { Conditions } from '../ports/conditions.js';
import type { Resource } from '../resource/resource.decider.js';
import type { Tenant } from '../tenant/tenant.decider.js';
import type { TrustBook } from '../trust/trust.decider.js';
import type { User } from '../user/user.decider.js';
import type { PolicyBook } from './policy.decider.js';

/** A downstream service as the target of a decision. */
export type ConnectionTarget = Connection & { readonly kind: 'connection' };

export const isConnection = (target: Resource | ConnectionTarget): target is ConnectionTarget => 'kind' in target && target.kind === 'connection';

/** What was issued before to this agent on this authority for this target, as the ledger has it. */
export interface History {
  readonly firstUse: boolean;
  /** Whole days since the last issuance; 0 when there was none. */
  readonly daysDormant: number;
  /** Issuances on this day, UTC. */
  readonly countToday: number;
  /** The same of the agent, whatever the authority and the target. */
  readonly agentDaysDormant: number;
  readonly agentCountToday: number;
}

export type ObligationKind = 'approval' | 'mfa';

/** Everything a decision looks at; nothing else may influence it. */
export interface AccessRequest {
  readonly grantType: string;
  readonly tenant: Tenant;
  readonly agent: Agent;
  /** On whose authority it happens: a user, the agent itself, or the agent that a token was exchanged from. */
  readonly principal: Principal;
  /** The user, when the principal is one. */
  readonly user: User | undefined;
  readonly target: Resource | ConnectionTarget;
  readonly policy: PolicyBook;
  /** 'asking': consent is being asked for, so no grant limits the scopes yet. 'none_needed': nobody grants this; policy alone decides. */
  readonly grant: Grant | 'asking' | 'none_needed';
  /** What the tenant believes of other issuers; looked at where the grant rests on the word of one. */
  readonly trust?: TrustBook | undefined;
  /** The epoch of the grant that a code or refresh token was issued under; undefined when it is not bound to one. */
  readonly grantEpoch: number | undefined;
  /** When the user agreed (NumericDate); undefined when no user did. A password set later ends what was agreed before. */
  readonly agreedAt: number | undefined;
  readonly scopes: readonly string[];
  /** The one tool that is about to be called; undefined where a token is for whatever its scopes allow. */
  readonly tool?: string | undefined;
  /** What vouched for the agent in this request: the kind of platform of a workload identity. */
  readonly attestedBy?: string | undefined;
  /** Undefined while no rule that is looked at needs it, or when it can't be told: a condition on it denies then. */
  readonly history?: History | undefined;
  /** Obligations that were met for exactly this action. */
  readonly met?: readonly ObligationKind[] | undefined;
  /** Obligations that are not due yet: what is agreed to on a page gives nothing, and the token that comes of it is asked about. */
  readonly deferred?: readonly ObligationKind[] | undefined;
  /**
   * 'inspect': it was issued already and the question is whether it still counts. How it was issued (grant type, history,
   * obligations) was judged then and is not asked again: the token itself is part of that history.
   */
  readonly purpose: 'issue' | 'inspect';
  readonly now: number;
  /** Evaluates conditions; pure. */
  readonly conditions: Conditions;
}
