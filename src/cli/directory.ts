import { CommandProblem } from './command.js';
import type { HubClient, Row } from './hub-client.js';

export interface Candidate {
  readonly agentId: string;
  readonly clientId: string;
  readonly name: string;
}

const candidateOf = (row: Row): Candidate => ({ agentId: row['agent_id'] as string, clientId: row['client_id'] as string, name: row['name'] as string });

/** Every page of a list. */
export const all = async (hub: HubClient, path: string): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (let cursor = ''; ;) {
    const { items, next } = await hub.list(`${path}${path.includes('?') ? '&' : '?'}limit=200${cursor}`);
    rows.push(...items);
    if (next === null) return rows;
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
};

/** Which of the candidates is meant: by id, by client_id, or by a name that only one has. Throws a sentence otherwise. */
export const chosenAgent = (wanted: string, candidates: readonly Candidate[]): Candidate => {
  const exact = candidates.filter(({ agentId, clientId }) => agentId === wanted || clientId === wanted);
  const named = candidates.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const [found, ...others] = exact.length > 0 ? exact : named;
  if (!found) throw new CommandProblem(`There is no agent called ${JSON.stringify(wanted)}. Use its id, its client_id or its whole name; mandate agents lists them.`);
  if (others.length > 0) throw new CommandProblem(`Several agents are called ${JSON.stringify(wanted)}: ${[found, ...others].map(({ agentId }) => agentId).join(', ')}. Use the id.`);
  return found;
};

/** An agent by id, client_id or name. An id is looked up at once; names need the lists. */
export const findAgent = async (hub: HubClient, wanted: string): Promise<Candidate> => {
  if (/^agt_[\w-]{1,64}$/.test(wanted)) return candidateOf((await hub.get(`/api/agents/${wanted}`)) as Row);
  return chosenAgent(wanted, (await all(hub, `/api/agents?q=${encodeURIComponent(wanted.slice(0, 200))}`)).map(candidateOf));
};
