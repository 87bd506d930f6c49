import type { EventView } from '../api/events/event-view.js';

/** An agent's events and the names of what they mention. */
export interface History {
  readonly agentId: string;
  readonly name: string;
  readonly events: readonly EventView[];
  readonly names: ReadonlyMap<string, string>;
}
