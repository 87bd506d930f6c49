import { type Candidate, chosenAgent } from './find-agent.js';
import type { HubClient } from './hub-client.js';

type Row = Readonly<Record<string, unknown>>;
const candidateOf = (row: Row): Candidate => ({ agentId: row['agent_id'] as string, clientId: row['client_id'] as string, name: row['name'] as string });

/** Every page of a list. */
export async function* pages(hub: HubClient, path: string): AsyncGenerator<Row> {
  const join = path.includes('?') ? '&' : '?';
  for (let cursor = ''; ;) {
    const { items, next } = await hub.list(`${path}${join}limit=200${cursor}`);
    yield* items;
    if (next === null) return;
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
}

/** An agent by id, client_id or name. An id is looked up at once; names need the lists. */
export const findAgent = async (hub: HubClient, wanted: string): Promise<Candidate> => {
  if (/^agt_[\w-]{1,64}$/.test(wanted)) return candidateOf((await hub.get(`/api/agents/${wanted}`)) as Row);
  const found: Candidate[] = [];
  for await (const row of pages(hub, `/api/agents?q=${encodeURIComponent(wanted.slice(0, 200))}`)) found.push(candidateOf(row));
  return chosenAgent(wanted, found);
};
