import type { EventView } from '../src/api/events/event-view.js';
import { timeline } from '../src/cli/timeline.js';
import type { AdminApi } from './admin-api.js';
import type { Report } from './report.js';

/** The agent's story as the ledger tells it. */
export const printHistory = async (admin: AdminApi, agentId: string, report: Report, expected: readonly string[]): Promise<void> => {
  const { items } = await admin.call<{ items: EventView[] }>('GET', `agents/${agentId}/history?limit=200`);
  for (const line of timeline(items, { agentId })) report.note(line);
  const types = new Set(items.map(({ type }) => type));
  report.check(`${items.length} events tell all of it`, expected.filter((type) => !types.has(type)), []);
};
