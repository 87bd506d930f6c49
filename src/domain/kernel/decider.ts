import type { DomainEvent } from './event.js';

/**
 * The whole theory: a state is a fold of events, and a command looks at the state and answers with events or a Refusal.
 * Both functions are pure; the time comes in with the command. No events means there is nothing new to say.
 */
export interface Decider<State, Command, Event extends DomainEvent> {
  readonly initial: State;
  evolve(state: State, event: Event): State;
  decide(command: Command, state: State): readonly Event[];
}

export const fold = <State, Event extends DomainEvent>(
  { initial, evolve }: Pick<Decider<State, never, Event>, 'initial' | 'evolve'>,
  events: Iterable<Event>,
): State => {
  let state = initial;
  for (const event of events) state = evolve(state, event);
  return state;
};
