import type { AdminApi } from './admin-api.js';
import type { Report } from './report.js';

interface HistoryEvent {
  readonly type: string;
  readonly recordedAt: string;
  readonly actor: { readonly kind: string; readonly id: string };
  readonly data: Readonly<Record<string, unknown>>;
}

/** The agent's story as the ledger tells it. */
export const printHistory = async (admin: AdminApi, agentId: string, report: Report): Promise<void> => {
  const { items } = await admin.call<{ items: HistoryEvent[] }>('GET', `agents/${agentId}/history?limit=200`);
  for (const { type, recordedAt, actor, data } of items) report.note(`${recordedAt}  ${type}  ${actor.kind} ${actor.id}  ${JSON.stringify(data['scopes'] ?? data['reason'] ?? '')}`);
  const types = new Set(items.map(({ type }) => type));
  const expected = ['AgentRegistered', 'GrantGiven', 'CodeIssued', 'CodeRedeemed', 'TokenIssued', 'GrantWidened', 'RefreshRotated', 'AgentSuspended', 'TokenRefused'];
  report.check(`${items.length} events tell all of it`, expected.filter((type) => !types.has(type)), []);
};
