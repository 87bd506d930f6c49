import { text } from 'node:stream/consumers';
import { type Command, CommandProblem, checkReason } from './command.js';
import { findAgent } from './directory.js';
import { HubClient, type Listed, type Row } from './hub-client.js';
import { jsonIn, textIn } from './json-file.js';
import { columns, plain } from './plain-text.js';

const cells = (row: Row): readonly string[] => {
  const proves = row['agent_id'] ?? (row['template'] ? 'an agent for each workload' : 'people');
  return [row['rule_id'], row['platform'], proves, row['issuer'], row['name']].map(String);
};

export const trustListCommand: Command = {
  usage: 'trust list [--json]',
  says: 'whose tokens prove who an agent is',
  operands: 0,
  async run({ json }, around) {
    const hub = await HubClient.signIn(around, 'directory:read');
    const { items } = (await hub.get('/api/trust-rules')) as Listed;
    if (json) return around.out(JSON.stringify(items, null, 2));
    if (items.length === 0) return around.out('Tokens of other issuers are not trusted here.');
    for (const line of columns([['RULE', 'PLATFORM', 'PROVES', 'ISSUER', 'NAME'], ...items.map(cells)])) around.out(line);
  },
};

/** `name=value`, as presets ask for. */
const variablesOf = (words: readonly string[]): Readonly<Record<string, string>> => Object.fromEntries(words.map((word) => {
  const [, name, value] = /^([a-z_]+)=(.+)$/su.exec(word) ?? [];
  if (name === undefined || value === undefined) throw new CommandProblem(`${JSON.stringify(word)} is not of the form name=value.`);
  return [name, value];
}));

export const trustAddCommand: Command = {
  usage: 'trust add <rule.json> | <preset> <agent> name=value…',
  says: 'lets tokens of a platform prove an agent',
  operands: 20,
  async run({ operands: [what, ...rest], json }, around) {
    if (what === undefined) throw new CommandProblem(`Which tokens? Usage: mandate ${this.usage}`);
    const isFile = what.endsWith('.json');
    const [wanted, ...words] = rest;
    if (isFile ? wanted !== undefined : wanted === undefined) throw new CommandProblem(`Usage: mandate ${this.usage}`);
    const hub = await HubClient.signIn(around, 'directory:read', 'directory:write', 'policy:write');
    const rule = isFile ? jsonIn(what) : await ofPreset(hub, what, wanted!, words);
    const added = (await hub.post('/api/trust-rules', rule)) as Row;
    around.out(json ? JSON.stringify(added, null, 2) : plain(`${String(added['name'])} (${String(added['rule_id'])}) trusts tokens of ${String(added['issuer'])}.`));
  },
};

const ofPreset = async (hub: HubClient, preset: string, wanted: string, words: readonly string[]): Promise<object> => {
  const { agentId, name } = await findAgent(hub, wanted);
  return { name: `${preset}: ${name}`.slice(0, 200), preset, variables: variablesOf(words), agent_id: agentId };
};

export const trustRemoveCommand: Command = {
  usage: 'trust remove <rule> --reason <text>',
  says: 'nothing is issued on the rule from now on',
  async run({ operand, reason, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Which rule? Usage: mandate ${this.usage}`);
    checkReason(reason);
    const hub = await HubClient.signIn(around, 'directory:read', 'directory:write');
    const removed = (await hub.post(`/api/trust-rules/${encodeURIComponent(operand)}/remove`, { reason })) as Row;
    around.out(json ? JSON.stringify(removed, null, 2) : plain(`${String(removed['name'])} (${operand}) is removed. What was issued on it stops working.`));
  },
};

export const trustTestCommand: Command = {
  usage: 'trust test <file with a token | ->',
  says: 'whether a token would be believed, and why not',
  async run({ operand, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Which token? It is read from a file, or with - from the standard input: on a command line others could see it. Usage: mandate ${this.usage}`);
    const token = (operand === '-' ? await text(process.stdin) : textIn(operand)).trim();
    const hub = await HubClient.signIn(around, 'directory:write');
    const verdict = (await hub.post('/api/trust-test', { token })) as Row;
    if (json) around.out(JSON.stringify(verdict, null, 2));
    else around.out(plain(`${verdict['believed'] === true ? 'Yes' : `No (${String(verdict['reason'])})`}: ${String(verdict['says'])}${ofRule(verdict)}`));
    if (verdict['believed'] !== true) throw new CommandProblem('The token is not believed.');
  },
};

const ofRule = ({ rule_id: rule, agent_id: agent }: Row): string =>
  [rule === undefined ? '' : ` Rule ${String(rule)}.`, agent === undefined ? '' : ` Agent ${String(agent)}.`].join('');
