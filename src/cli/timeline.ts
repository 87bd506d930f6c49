import type { EventView } from '../api/events/event-view.js';
import { plain } from './plain-text.js';
import { wordsOf } from './timeline-words.js';
import type { Told } from './words.js';

export interface TimelineOptions {
  /** The agent whose history it is: its own doing is told as such. */
  readonly agentId?: string;
  /** Names of agents, resources and people by id; what has none is shown by its id. */
  readonly names?: ReadonlyMap<string, string>;
}

/** Ids of resources and agents that the events mention, to look their names up. */
export const mentionedIds = (events: readonly EventView[]): readonly string[] =>
  [...new Set(events.flatMap(({ data, actor }) => [data['resourceId'], data['agentId'], actor.id, actor.act?.id]))]
    .filter((id): id is string => typeof id === 'string' && /^(res|agt)_/.test(id));

/**
 * Events as lines that a person reads: time, what happened, with which scopes, why, and who did it on whose authority.
 * Pure; one line per event whatever stands in it.
 */
export const timeline = (events: readonly EventView[], { agentId, names = new Map() }: TimelineOptions = {}): readonly string[] => {
  const named = (id: string): string => names.get(id) ?? id;
  const who = ({ kind, id, act }: EventView['actor']): string => {
    if (kind === 'system') return 'Mandate';
    if (kind === 'anonymous') return 'somebody unknown';
    const name = kind === 'agent' && id === agentId ? 'the agent itself' : `${kind} ${named(id)}`;
    return act ? `${name} through ${act.id === agentId ? 'this agent' : who(act as EventView['actor'])}` : name;
  };
  return events.map((event) => plain(`${moment(event.recorded_at)}  ${sentence(wordsOf(event.type, event.data, named))}  (${who(event.actor)})`));
};

const moment = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;

const sentence = ({ what, scopes, reason }: Told): string =>
  [what, ...(scopes && scopes.length > 0 ? [`[${scopes.join(' ')}]`] : []), ...(reason === undefined ? [] : [`because: ${reason}`])].join(' ');
