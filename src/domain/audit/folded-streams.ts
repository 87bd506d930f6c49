import { type Usage, historyOf, usage } from '../activity/usage.js';
import { agent } from '../agent/agent.decider.js';
import { authorization } from '../authorization/authorization.decider.js';
import { connection } from '../connection/connection.decider.js';
import { credential } from '../credential/credential.decider.js';
import { grant } from '../grant/grant.decider.js';
import type { Principal } from '../grant/principal.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import { categoryOf, streams } from '../kernel/ids.js';
import { keySet } from '../key/key.decider.js';
import type { History } from '../policy/access-request.js';
import { policy } from '../policy/policy.decider.js';
import { resource } from '../resource/resource.decider.js';
import { tenant } from '../tenant/tenant.decider.js';
import { token } from '../token/token.decider.js';
import { trust } from '../trust/trust.decider.js';
import { user } from '../user/user.decider.js';

export interface Fold<S> {
  readonly initial: S;
  evolve(state: S, event: never): S;
}
interface Folded {
  readonly tenant: string;
  readonly state: unknown;
  readonly type: string;
  readonly position: Position;
}
/** Why something was not allowed at its place, and the stream that is to blame. */
export interface Problem {
  readonly why: string;
  readonly because?: string | undefined;
}

const FOLDS: Readonly<Record<string, Fold<unknown>>> = { tenant, agent, user, resource, grant, policy, authorization, token, trust, connection, credential, key: keySet } as never;

/** What everything that decisions look at says at the place that the reader has come to. */
export class FoldedStreams {
  private readonly folded = new Map<string, Folded>();
  private readonly used = new Map<string, Usage>();

  see(event: RecordedEvent): void {
    const { stream, position } = event;
    const fold = FOLDS[categoryOf(stream)];
    if (!fold) return;
    const state = fold.evolve(this.folded.get(stream)?.state ?? fold.initial, event as never);
    this.folded.set(stream, { tenant: event.tenant, state, type: event.type, position });
  }

  /** After the event was judged: nothing is part of its own history. */
  seen(event: RecordedEvent): void {
    if (event.type === 'TokenIssued' || event.type === 'CredentialLent') this.used.set(event.stream, usage.evolve(this.used.get(event.stream), event));
  }

  /** Of what nobody looks at any more. */
  forget(stream: string): void {
    this.folded.delete(stream);
  }

  /** The fold as it stands; another tenant's stream reads as one that does not exist. */
  at<S>(fold: Fold<S>, stream: string, tenantId: string): S {
    const found = this.folded.get(stream);
    return found?.tenant === tenantId ? (found.state as S) : fold.initial;
  }

  history(agentId: string, principal: Principal, targetId: string, now: number): History | undefined {
    return historyOf(this.used.get(streams.activity(agentId)), { principal, targetId, now });
  }

  /** The problem in words, with the event that is to blame, and the places that it speaks of. */
  told({ why, because }: Problem, position: Position): { readonly words: string; readonly positions: readonly Position[] } {
    const blamed = because === undefined ? undefined : this.folded.get(because);
    return { words: blamed ? `${why} (${blamed.type} at ${blamed.position})` : why, positions: blamed ? [blamed.position, position] : [position] };
  }
}

/** The stream that a reason speaks of has the name of its noun. */
export const because = (places: Readonly<Record<string, string>>, reason: string): string | undefined => places[reason.slice(0, reason.indexOf('.'))];
