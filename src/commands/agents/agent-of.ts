import { type KnownAgent, agent } from '../../domain/agent/agent.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';

/** An agent that is known here. Throws Refusal. */
export const agentOf = async (live: LiveState, tenant: string, agentId: string): Promise<KnownAgent> => {
  const { state } = await secondLook(live, () => live.entry(agent, streams.agent(agentId), tenant), (found) => found.state.status !== 'unknown');
  if (state.status === 'unknown') throw new Refusal('agent.unknown', 'There is no such agent.');
  return state;
};
