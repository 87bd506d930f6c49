import { type Command, CommandProblem } from './command.js';
import { HubClient } from './hub-client.js';
import { jsonIn } from './json-file.js';
import { columns, plain } from './plain-text.js';
import { type Rule, ruleLines } from './policy-words.js';

interface Version {
  readonly version: number;
  readonly digest: string;
  readonly state: string;
  readonly document?: { readonly rules?: readonly Rule[] };
}
interface Diff {
  readonly before: number;
  readonly after: number;
  readonly added: readonly Rule[];
  readonly removed: readonly Rule[];
  readonly changed: readonly { readonly id: string; readonly before: Rule; readonly after: Rule }[];
}

/** Throws a sentence unless it is a version's number. */
const versionNamed = (operand: string | undefined, usage: string): string => {
  if (operand === undefined || !/^[1-9]\d{0,8}$/.test(operand)) throw new CommandProblem(`Which version? mandate policy list shows them. Usage: mandate ${usage}`);
  return operand;
};

export const policyListCommand: Command = {
  usage: 'policy list [--json]',
  says: 'the versions of the policy, and what each does',
  operands: 0,
  async run({ json }, around) {
    const { items } = await (await HubClient.signIn(around, 'directory:read')).list('/api/policies');
    const rows = items as unknown as readonly Version[];
    if (json) return around.out(JSON.stringify(rows, null, 2));
    for (const line of columns([['VERSION', 'STATE', 'DIGEST'], ...rows.map(({ version, state, digest }) => [String(version), state, digest])])) around.out(line);
  },
};

export const policyShowCommand: Command = {
  usage: 'policy show <version> [--json]',
  says: 'its rules, one by one; with --json the document',
  async run({ operand, json }, around) {
    const version = versionNamed(operand, this.usage);
    const { document, state, digest } = (await (await HubClient.signIn(around, 'directory:read')).get(`/api/policies/${version}`)) as Version;
    if (json) return around.out(JSON.stringify(document, null, 2));
    around.out(`Version ${version}, ${state}, ${digest}`);
    for (const line of (document?.rules ?? []).flatMap(ruleLines)) around.out(plain(line));
  },
};

export const policyDiffCommand: Command = {
  usage: 'policy diff <version> [<from version>] [--json]',
  says: 'which rules it adds, takes away and changes; from the active one',
  operands: 2,
  async run({ operands: [to, from], json }, around) {
    const query = from === undefined ? '' : `?from=${versionNamed(from, this.usage)}`;
    const diff = (await (await HubClient.signIn(around, 'directory:read')).get(`/api/policies/${versionNamed(to, this.usage)}/diff${query}`)) as Diff;
    if (json) return around.out(JSON.stringify(diff, null, 2));
    for (const line of diffLines(diff)) around.out(plain(line));
  },
};

const marked = (mark: string, rule: Rule): readonly string[] => ruleLines(rule).map((line) => `${mark} ${line}`);

const diffLines = ({ before, after, added, removed, changed }: Diff): readonly string[] => [
  added.length + removed.length + changed.length === 0 ? `Version ${after} has the same rules as version ${before}.` : `From version ${before} to version ${after}:`,
  ...removed.flatMap((rule) => marked('-', rule)), ...added.flatMap((rule) => marked('+', rule)),
  ...changed.flatMap((rule) => [...marked('-', rule.before), ...marked('+', rule.after)]),
];

export const policyPublishCommand: Command = {
  usage: 'policy publish <file>',
  says: 'records a new version, a draft; it decides nothing yet',
  async run({ operand: file, json }, around) {
    if (file === undefined) throw new CommandProblem(`Which file of JSON? Usage: mandate ${this.usage}`);
    const document = jsonIn(file);
    const hub = await HubClient.signIn(around, 'policy:write');
    const { version, digest, state } = (await hub.post('/api/policies', { document })) as Version;
    if (json) return around.out(JSON.stringify({ version, digest, state }, null, 2));
    around.out(`Version ${version} is published as a draft (${digest}). Try it: mandate policy back-test ${version}, then mandate policy shadow ${version} or activate ${version}.`);
  },
};

const step = (name: string, path: string, says: string, done: (version: number) => string): Command => ({
  usage: `policy ${name} <version>`,
  says,
  async run({ operand, json }, around) {
    const version = versionNamed(operand, this.usage);
    const hub = await HubClient.signIn(around, 'policy:write');
    const { document: _, ...now } = (await hub.post(`/api/policies/${version}/${path}`, {})) as Version;
    around.out(json ? JSON.stringify(now, null, 2) : done(now.version));
  },
});

export const policyActivateCommand = step('activate', 'activate', 'from here on it decides', (version) => `Version ${version} decides from here on. Back: mandate policy rollback <version>.`);
export const policyRollbackCommand = step('rollback', 'rollback', 'goes back to an earlier version', (version) => `Version ${version} decides again.`);
export const policyShadowCommand = step('shadow', 'shadow', 'it decides beside the active one, to no effect', (version) =>
  `Version ${version} decides beside the active one; where they differ stands in the agents' histories (mandate history). Enough: mandate policy unshadow ${version}.`);
export const policyUnshadowCommand = step('unshadow', 'unshadow', 'it is a draft again', (version) => `Version ${version} is a draft again.`);
