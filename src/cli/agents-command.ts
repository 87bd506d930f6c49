import type { Command } from './command.js';
import { all } from './directory.js';
import { HubClient, type Row } from './hub-client.js';
import { columns } from './plain-text.js';

const cells = (row: Row): readonly string[] => {
  const { kind, id } = row['owner'] as { readonly kind: string; readonly id: string };
  return [row['agent_id'], row['status'], `${kind} ${id}`, row['last_used_at'] ?? 'never', row['tokens_issued'], row['tokens_refused'], row['name']].map(String);
};

export const agentsCommand: Command = {
  usage: 'agents [--json]',
  says: 'every agent with owner, state and use',
  async run({ json }, around) {
    const hub = await HubClient.signIn(around, 'directory:read');
    const rows = await all(hub, '/api/agents');
    if (json) return around.out(JSON.stringify(rows, null, 2));
    if (rows.length === 0) return around.out('There are no agents yet.');
    for (const line of columns([['ID', 'STATUS', 'OWNER', 'LAST USED', 'ISSUED', 'REFUSED', 'NAME'], ...rows.map(cells)])) around.out(line);
  },
};
