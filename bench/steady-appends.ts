import { randomUUID } from 'node:crypto';
import { activityEvents } from '../src/domain/activity/activity.events.js';
import { eventTypeNamed } from '../src/domain/kernel/catalogue.js';
import type { NewEvent } from '../src/domain/kernel/event.js';
import { streams } from '../src/domain/kernel/ids.js';
import type { Ledger } from '../src/domain/ports/ledger.js';

export interface Steady {
  readonly perSecond: number;
  /** Milliseconds of each append, in rising order. */
  readonly sorted: readonly number[];
}

/** A small one, which breaks no promise though nobody knows the agent. */
const refused = (agentId: string): NewEvent => {
  const { type, data } = activityEvents.ClientAuthenticationFailed({ agentId, endpoint: '/token', reason: 'client.unauthenticated' });
  return { id: randomUUID(), type, data, version: eventTypeNamed(type).version, tenant: 'tnt_default', actor: { kind: 'agent', id: agentId }, correlationId: 'req_bench', causationId: 'cmd_bench' };
};

/** Callers that append one event after the other, each at once when its last is durable. */
export const stepsOfAppends = (ledger: Ledger, callers: number, eventOf: (agentId: string) => NewEvent = refused) => ({
  /** For as long as the work takes. */
  async during(work: Promise<unknown>): Promise<Steady> {
    let going = true;
    const times: number[] = [];
    const one = async (caller: number): Promise<void> => {
      const agentId = `agt_steady_${caller}`;
      while (going) {
        const began = performance.now();
        await ledger.append(streams.activity(agentId), 'any', [eventOf(agentId)]);
        times.push(performance.now() - began);
      }
    };
    const began = performance.now();
    const running = Array.from({ length: callers }, (_, caller) => one(caller));
    await work;
    going = false;
    await Promise.all(running);
    return { perSecond: (times.length * 1000) / (performance.now() - began), sorted: times.sort((a, b) => a - b) };
  },
});
