import { existsSync } from 'node:fs';
import { type EventView, eventView } from '../api/events/event-view.js';
import { DEFAULT_TENANT } from '../commands/tenants/tenant-directory.js';
import type { RecordedEvent } from '../domain/kernel/event.js';
import type { Ledger } from '../domain/ports/ledger.js';
import { LedgerLocked, ledgerFileIn } from '../platform/ledger/ledger-file.js';
import { SqliteLedger } from '../platform/ledger/sqlite-ledger.js';
import { SystemClock } from '../platform/system-clock.js';
import { AgentHistory } from '../projections/agent-history/agent-history.queries.js';
import { CommandProblem, type Surroundings } from './command.js';
import { type Candidate, chosenAgent } from './directory.js';

/** An agent's events and the names of what they mention. */
export interface History {
  readonly agentId: string;
  readonly name: string;
  readonly events: readonly EventView[];
  readonly names: ReadonlyMap<string, string>;
}

/** A history without a hub: from the ledger's file, which nobody else may hold meanwhile. */
export const embeddedHistory = async (wanted: string, { config, url }: Surroundings): Promise<History> => {
  const file = ledgerFileIn(config.dataDirectory);
  if (config.eventStoreUrl !== undefined || !existsSync(file))
    throw new CommandProblem(`No hub answers at ${url}, and there is no embedded ledger in ${config.dataDirectory}. Start the hub, or set MANDATE_DATA.`);
  const clock = new SystemClock();
  const ledger = await SqliteLedger.open({ file, now: () => clock.now() }).catch((error: unknown) => {
    if (error instanceof LedgerLocked) throw new CommandProblem(`The ledger ${file} is in use by a hub that does not answer at ${url}. Name its address with --url.`);
    throw new CommandProblem(`The ledger ${file} can't be read: ${(error as Error).message}`);
  });
  try {
    return await read(wanted, ledger);
  } finally {
    await ledger.close();
  }
};

const read = async (wanted: string, ledger: Ledger): Promise<History> => {
  const all = await everything(ledger);
  const found = chosenAgent(wanted, agentsIn(all));
  // Grants and codes that were never used are mentioned by nothing of the agent's own.
  const alsoStreams = all.filter(({ data }) => (data as { readonly agentId?: unknown }).agentId === found.agentId).map(({ stream }) => stream);
  const page = await new AgentHistory(ledger).page({
    tenant: DEFAULT_TENANT, agentId: found.agentId, after: '', limit: Number.MAX_SAFE_INTEGER, alsoStreams: [...new Set(alsoStreams)],
  });
  const names = new Map([...agentsIn(all).map(({ agentId, name }) => [agentId, name] as const), ...resourcesIn(all)]);
  return { agentId: found.agentId, name: found.name, events: page!.events.map(eventView), names };
};

const everything = async (ledger: Ledger): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for (let after = ''; ;) {
    const page = await ledger.readAll(after, 1_000, { streamPrefixes: ['agent-', 'grant-', 'authorization-', 'resource-'] });
    events.push(...page.events.filter(({ tenant }) => tenant === DEFAULT_TENANT));
    if (page.atEnd) return events;
    after = page.next;
  }
};

const agentsIn = (events: readonly RecordedEvent[]): readonly Candidate[] => {
  const agents = new Map<string, Candidate>();
  for (const { type, data } of events) {
    if (type === 'AgentRegistered') agents.set((data as Candidate).agentId, data as Candidate);
    const { agentId, name } = data as Candidate;
    if (type === 'AgentMetadataChanged') agents.set(agentId, { ...agents.get(agentId)!, name });
  }
  return [...agents.values()];
};

const resourcesIn = (events: readonly RecordedEvent[]): readonly (readonly [string, string])[] =>
  events.filter(({ type }) => type === 'ResourceRegistered').map(({ data }) => {
    const { resourceId, name } = data as { readonly resourceId: string; readonly name: string };
    return [resourceId, name];
  });
