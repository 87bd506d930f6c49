import type { RefusalCode } from '../kernel/refusal.js';

/** RFC 8693 section 4.1: who acts, and inside who acted before. Only the outermost counts for access. */
export interface ActClaim {
  readonly sub: string;
  readonly act?: ActClaim;
}

/** Longer chains than this nobody can answer for. */
export const MOST_ACTORS = 5;

/** Ids of the agents that act, the one at work first; empty when the subject acts for itself. */
export type Actors = readonly string[];

export const actorsOf = (act: ActClaim | undefined): Actors => (act === undefined ? [] : [act.sub, ...actorsOf(act.act)]);

export const actClaim = ([outermost, ...before]: Actors): ActClaim | undefined => {
  if (outermost === undefined) return undefined;
  const act = actClaim(before);
  return act === undefined ? { sub: outermost } : { sub: outermost, act };
};

/**
 * The chain after `agentId` takes over from `actors`, on the authority of `principalId`; or why it can't. Who is at work
 * already adds nothing. Who was at work earlier is refused: a chain that comes back to itself hides who asked for what.
 */
export const extendActors = (actors: Actors, agentId: string, principalId: string): Actors | RefusalCode => {
  if (actors[0] === agentId || (actors.length === 0 && principalId === agentId)) return actors;
  if (actors.includes(agentId) || principalId === agentId) return 'delegation.cycle';
  return actors.length === MOST_ACTORS ? 'delegation.too_deep' : [agentId, ...actors];
};
