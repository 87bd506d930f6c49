import { type Command, CommandProblem, checkReason } from './command.js';
import { HubClient, type Row } from './hub-client.js';
import { columns, plain } from './plain-text.js';
import { day } from './words.js';

interface Factors {
  readonly factors: readonly Row[];
  readonly recovery_codes_left: number;
}

const HEAD = ['FACTOR', 'KIND', 'SINCE', 'LAST USED', 'STATE'];
const cells = (row: Row): readonly string[] => [
  String(row['factor_id']), String(row['kind']), day(row['enrolled_at']), row['last_used_at'] === undefined ? 'never' : day(row['last_used_at']), row['distrusted'] === true ? 'not trusted' : 'works',
];

export const factorsListCommand: Command = {
  usage: 'factors list <user id> [--json]',
  says: 'what a person proves who they are with',
  async run({ operand, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Whose? Usage: mandate ${this.usage}`);
    const hub = await HubClient.signIn(around, 'directory:read');
    const answer = (await hub.get(`/api/users/${encodeURIComponent(operand)}/factors`)) as Factors;
    if (json) return around.out(JSON.stringify(answer, null, 2));
    if (answer.factors.length === 0) return around.out('No second factor: the password is enough.');
    for (const line of columns([HEAD, ...answer.factors.map(cells)])) around.out(line);
    around.out(`${answer.recovery_codes_left} recovery codes left`);
  },
};

export const factorsResetCommand: Command = {
  usage: 'factors reset <user id> --reason <text>',
  says: 'takes a person\'s second factors away; the password is enough then',
  async run({ operand, reason, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Whose? Usage: mandate ${this.usage}`);
    checkReason(reason);
    const hub = await HubClient.signIn(around, 'directory:read', 'directory:write');
    const answer = await hub.post(`/api/users/${encodeURIComponent(operand)}/factors/reset`, { reason });
    around.out(json ? JSON.stringify(answer, null, 2) : plain(`${operand} has no second factor any more and is signed out everywhere. Be sure that whoever asked for it is that person.`));
  },
};
