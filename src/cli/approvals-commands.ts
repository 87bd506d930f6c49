import { type Command, CommandProblem, checkReason } from './command.js';
import { all } from './directory.js';
import { HubClient, type Row } from './hub-client.js';
import { columns, plain } from './plain-text.js';
import { day, party, texts } from './words.js';

const HEAD = ['REQUEST', 'STATUS', 'UNTIL', 'AGENT', 'ASKED', 'FOR', 'SCOPES'];
const bare = (id: string): string => id;
const cells = (row: Row): readonly string[] => [
  row['approval_id'], row['status'], day(row['expires_at']), row['agent_id'], party(row['approver'], bare), row['resource_id'] ?? row['connection_id'], texts(row['scopes']).join(' '),
].map(String);

export const approvalsListCommand: Command = {
  usage: 'approvals list [<status>] [--agent <id>] [--json]',
  says: 'what people were asked to confirm',
  async run({ operand, agent, json }, around) {
    const hub = await HubClient.signIn(around, 'directory:read');
    const wanted = new URLSearchParams({ ...(operand === undefined ? {} : { status: operand }), ...(agent === undefined ? {} : { agent }) });
    const rows = await all(hub, `/api/approvals?${wanted.toString()}`);
    if (json) return around.out(JSON.stringify(rows, null, 2));
    if (rows.length === 0) return around.out('Nobody was asked.');
    for (const line of columns([HEAD, ...rows.map(cells)])) around.out(line);
  },
};

/** There is none that says yes: that takes the accountable person. */
const stopping = (verb: 'deny' | 'withdraw', says: string, done: string): Command => ({
  usage: `approvals ${verb} <request> --reason <text>`,
  says,
  async run({ operand, reason, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Which request? Usage: mandate ${this.usage}`);
    checkReason(reason);
    const hub = await HubClient.signIn(around, 'directory:write');
    const stopped = (await hub.post(`/api/approvals/${encodeURIComponent(operand)}/${verb}`, { reason })) as Row;
    around.out(json ? JSON.stringify(stopped, null, 2) : plain(`${operand} is ${done}. ${String(stopped['agent_id'])} can't ask for the same again for an hour.`));
  },
});
export const approvalsDenyCommand = stopping('deny', 'says no in place of whoever was asked', 'denied');
export const approvalsWithdrawCommand = stopping('withdraw', 'takes back what was confirmed and not used yet', 'withdrawn');
