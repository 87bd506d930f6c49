import { type Usage, type UsageQuestion, historyOf, usage } from '../activity/usage.js';
import { agent } from '../agent/agent.decider.js';
import { authorization } from '../authorization/authorization.decider.js';
import { connection } from '../connection/connection.decider.js';
import { credential } from '../credential/credential.decider.js';
import { grant } from '../grant/grant.decider.js';
import type { Position, RecordedEvent } from '../kernel/event.js';
import { categoryOf, idOf, streams } from '../kernel/ids.js';
import { keySet } from '../key/key.decider.js';
import type { History } from '../policy/access-request.js';
import { type PolicyBook, policy } from '../policy/policy.decider.js';
import { resource } from '../resource/resource.decider.js';
import { tenant } from '../tenant/tenant.decider.js';
import { token } from '../token/token.decider.js';
import { trust } from '../trust/trust.decider.js';
import { user } from '../user/user.decider.js';

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

/** By the category of the streams that they are of. */
const FOLDS = { tenant, agent, user, resource, grant, policy, authorization, token, trust, connection, credential, key: keySet };
type Folds = typeof FOLDS;
type Category = keyof Folds;

interface CategoryStreams {
  readonly initial: unknown;
  evolve(state: unknown, event: never): unknown;
  /** By the id in the stream's name. */
  readonly streams: Map<string, Folded>;
}

/** What everything that decisions look at says at the place that the reader has come to. */
export class FoldedStreams {
  private readonly categories = new Map<string, CategoryStreams>(Object.entries(FOLDS).map(([category, { initial, evolve }]) => [category, { initial, evolve, streams: new Map() }]));
  private readonly used = new Map<string, Usage>();

  see(event: RecordedEvent): void {
    const { stream, position } = event;
    const category = this.categories.get(categoryOf(stream));
    if (!category) return;
    const id = idOf(stream);
    const state = category.evolve(category.streams.get(id)?.state ?? category.initial, event as never);
    category.streams.set(id, { tenant: event.tenant, state, type: event.type, position });
  }

  /** After the event was judged: nothing is part of its own history. */
  seen(event: RecordedEvent): void {
    if (event.type === 'TokenIssued' || event.type === 'CredentialLent') this.used.set(event.stream, usage.evolve(this.used.get(event.stream), event));
  }

  /** Of what nobody looks at any more. */
  forget(category: Category, id: string): void {
    this.categories.get(category)!.streams.delete(id);
  }

  /** The fold as it stands; another tenant's stream reads as one that does not exist. */
  at<C extends Category>(category: C, id: string, tenantId: string): Folds[C]['initial'] {
    const { streams, initial } = this.categories.get(category)!;
    const found = streams.get(id);
    return (found?.tenant === tenantId ? found.state : initial) as Folds[C]['initial'];
  }

  /** As at the issuance itself: only where a policy looks back. */
  history({ looksBack }: PolicyBook, agentId: string, { principal, targetId, now }: UsageQuestion): History | undefined {
    if (!looksBack) return undefined;
    return historyOf(this.used.get(streams.activity(agentId)), { principal, targetId, now });
  }

  /** The problem in words, with the event that is to blame, and the places that it speaks of. */
  told({ why, because }: Problem, position: Position): { readonly words: string; readonly positions: readonly Position[] } {
    const blamed = because === undefined ? undefined : this.categories.get(categoryOf(because))?.streams.get(idOf(because));
    return { words: blamed ? `${why} (${blamed.type} at ${blamed.position})` : why, positions: blamed ? [blamed.position, position] : [position] };
  }
}

/** The stream that a reason speaks of is in the category of its noun; `ids` has those that were looked at. */
export const because = (ids: Readonly<Partial<Record<string, string>>>, reason: string): string | undefined => {
  const noun = reason.slice(0, reason.indexOf('.'));
  const id = ids[noun];
  return id === undefined ? undefined : `${noun}-${id}`;
};
