import { type Command, CommandProblem, checkReason } from './command.js';
import { HubClient, type Row } from './hub-client.js';
import { columns, plain } from './plain-text.js';
import { day } from './words.js';

const HEAD = ['KEY', 'ALGORITHM', 'STATUS', 'SIGNS SINCE', 'PUBLISHED UNTIL'];
const cells = (row: Row): readonly string[] => [
  String(row['kid']), String(row['alg']), String(row['status']),
  ...['active_since', 'published_until'].map((name) => (row[name] === undefined ? '-' : day(row[name]))),
];
const table = (rows: readonly Row[]): readonly string[] => columns([HEAD, ...rows.map(cells)]);

export const keysListCommand: Command = {
  usage: 'keys list [--json]',
  says: 'the signing keys: next, active and retired',
  operands: 0,
  async run({ json }, around) {
    const hub = await HubClient.signIn(around, 'directory:read');
    const { items } = await hub.list('/api/keys');
    for (const line of json ? [JSON.stringify(items, null, 2)] : table(items)) around.out(line);
  },
};

export const keysRotateCommand: Command = {
  usage: 'keys rotate',
  says: 'sign with new keys; what the old ones signed still counts',
  operands: 0,
  async run({ json }, around) {
    const hub = await HubClient.signIn(around, 'keys:write');
    const { items } = (await hub.post('/api/keys/rotate', {})) as { readonly items: readonly Row[] };
    for (const line of json ? [JSON.stringify(items, null, 2)] : table(items)) around.out(line);
  },
};

export const keysRevokeCommand: Command = {
  usage: 'keys revoke <key> --reason <text>',
  says: 'somebody else may have it: what it signed counts no more',
  async run({ operand, reason, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Which key? npx mandate keys list shows them. Usage: mandate ${this.usage}`);
    checkReason(reason);
    const hub = await HubClient.signIn(around, 'keys:write');
    const { items } = (await hub.post(`/api/keys/${encodeURIComponent(operand)}/revoke`, { reason })) as { readonly items: readonly Row[] };
    if (json) return around.out(JSON.stringify(items, null, 2));
    around.out(plain(`The key ${operand} is revoked: the hub publishes it no longer and takes nothing that it signed.`));
    around.out('Whoever checks tokens without asking the hub believes it until their copy of the keys is renewed (docs/operations.md).');
  },
};
