import type { EventView } from '../api/events/event-view.js';
import { type Command, CommandProblem, type Surroundings } from './command.js';
import { all, findAgent } from './directory.js';
import { type History, embeddedHistory } from './embedded-history.js';
import { HubAway, HubClient } from './hub-client.js';
import { plain } from './plain-text.js';
import { mentionedIds, timeline } from './timeline.js';

export const historyCommand: Command = {
  usage: 'history <agent> [--json]',
  says: 'everything that an agent did and that happened to it',
  async run({ operand, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Which agent? Usage: mandate ${this.usage}`);
    const { agentId, name, events, names } = await historyOf(operand, around);
    if (json) return events.forEach((event) => around.out(JSON.stringify(event)));
    around.out(plain(`${name} (${agentId}), ${events.length} ${events.length === 1 ? 'event' : 'events'}`));
    for (const line of timeline(events, { agentId, names })) around.out(line);
  },
};

const historyOf = async (wanted: string, around: Surroundings): Promise<History> => {
  try {
    return await fromHub(wanted, await HubClient.signIn(around, 'history:read', 'directory:read'));
  } catch (error) {
    if (error instanceof HubAway) return embeddedHistory(wanted, around);
    throw error;
  }
};

const fromHub = async (wanted: string, hub: HubClient): Promise<History> => {
  const { agentId, name } = await findAgent(hub, wanted);
  const events = (await all(hub, `/api/agents/${agentId}/history`)) as unknown as readonly EventView[];
  const names = new Map<string, string>();
  for (const id of mentionedIds(events)) {
    const path = id.startsWith('res_') ? 'resources' : 'agents';
    // What can't be looked up any more is shown by its id.
    const found = (await hub.get(`/api/${path}/${id}`).catch(() => undefined)) as { readonly name?: string } | undefined;
    if (found?.name !== undefined) names.set(id, found.name);
  }
  return { agentId, name, events, names };
};
