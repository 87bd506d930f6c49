import { type Command, CommandProblem, type Given } from './command.js';
import { findAgent } from './directory.js';
import { HubClient } from './hub-client.js';
import { jsonIn } from './json-file.js';
import { EVENTS_AT_ONCE, walk } from './ledger-walk.js';
import { columns, plain } from './plain-text.js';

interface Decided {
  readonly allowed: boolean;
  readonly reason: string | null;
  readonly scopes: readonly string[];
  readonly denied: readonly { readonly scope: string; readonly reason: string }[];
  readonly policy_version: number | null;
  readonly obligations: readonly { readonly kind: string; readonly scopes: readonly string[]; readonly rule_ids: readonly string[] }[];
  readonly rules: readonly { readonly rule_id: string; readonly effect: string; readonly applies_to: readonly string[]; readonly because: readonly string[] }[];
}
interface Example {
  readonly recorded_at: string;
  readonly principal: { readonly kind: string; readonly id: string };
  readonly target_id: string;
  readonly grant_type: string;
  readonly differences: readonly { readonly scope: string; readonly before: string; readonly after: string; readonly because: string }[];
}
interface Impact {
  readonly agent_id: string;
  newly_denied: number;
  newly_allowed: number;
  newly_obliged: number;
  readonly examples: Example[];
}
interface Page {
  readonly decisions: number;
  readonly unchanged: number;
  readonly unknown: number;
  readonly agents: readonly Impact[];
  readonly reached: string | null;
  readonly next: string | null;
}
type Whole = Omit<Page, 'reached' | 'next'>;

const MOST_EXAMPLES = 3;

/** A published version by its number, or a document in a file. */
const tried = (operand: string): { readonly version: number } | { readonly document: object } => (/^[1-9]\d{0,8}$/.test(operand) ? { version: Number(operand) } : { document: jsonIn(operand) });

export const policyDryRunCommand: Command = {
  usage: 'policy dry-run [<version|file>] --agent <agent> --target <uri|connection> [--scope <a,b>] [--user <id>]',
  says: 'what would be decided now, and what each rule says to it',
  async run({ operand, agent, target, scope, user, json }, around) {
    if (agent === undefined || target === undefined) throw new CommandProblem(`For which agent, and to what? Usage: mandate ${this.usage}`);
    const policy = operand === undefined ? {} : tried(operand);
    const hub = await HubClient.signIn(around, 'directory:read', 'policy:write');
    const { agentId, name } = await findAgent(hub, agent);
    const asked = {
      ...policy, agent_id: agentId, scopes: (scope ?? '').split(/[\s,]+/).filter((one) => one !== ''),
      ...(user === undefined ? {} : { principal: { kind: 'user', id: user } }), ...(URL.canParse(target) ? { resource: target } : { connection: target }),
    };
    const decided = (await hub.post('/api/policies/dry-run', asked)) as Decided;
    if (json) return around.out(JSON.stringify(decided, null, 2));
    for (const line of decidedLines(name, decided)) around.out(plain(line));
  },
};

const decidedLines = (name: string, { allowed, reason, scopes, denied, policy_version, obligations, rules }: Decided): readonly string[] => [
  `${name}: ${allowed ? `ALLOWED${scopes.length === 0 ? '' : ` [${scopes.join(' ')}]`}` : `REFUSED because: ${reason}`}  (${policy_version ? `policy version ${policy_version}` : 'a document that is not published'})`,
  ...denied.map((one) => `  without ${one.scope}: ${one.reason}`),
  ...obligations.map(({ kind, scopes: of, rule_ids }) => `  needs ${kind}${of.length === 0 ? '' : ` for ${of.join(' ')}`} (${rule_ids.join(', ')})`),
  ...columns([['RULE', 'EFFECT', 'SAYS'], ...rules.map(({ rule_id, effect, applies_to, because }) => [
    rule_id, effect, applies_to.length === 0 ? `not about it: ${because.join('; ')}` : `applies${applies_to.join('') === '' ? '' : ` to ${applies_to.join(' ')}`}`,
  ])]),
];

export const policyBackTestCommand: Command = {
  usage: 'policy back-test <version|file> [--from <time>] [--to <time>]',
  says: 'what it would have decided on everything that was ever asked',
  async run({ operand, from, to, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Which version, or which file of JSON? Usage: mandate ${this.usage}`);
    const policy = tried(operand);
    const hub = await HubClient.signIn(around, 'policy:write', 'history:read', 'directory:read');
    const whole = await backTested(hub, policy, { from, to }, around);
    if (json) return around.out(JSON.stringify(whole, null, 2));
    for (const line of await impactLines(hub, whole)) around.out(line);
  },
};

const backTested = async (hub: HubClient, policy: object, { from, to }: Pick<Given, 'from' | 'to'>, around: Parameters<Command['run']>[1]): Promise<Whole> => {
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), limit: EVENTS_AT_ONCE };
  let [decisions, unchanged, unknown] = [0, 0, 0];
  const agents = new Map<string, Impact>();
  const ask = async (cursor: object): Promise<Page> => (await hub.post('/api/policies/back-test', { ...policy, ...range, ...cursor })) as Page;
  for await (const page of walk(hub, { from, to }, ask, around, 'Deciding anew')) {
    decisions += page.decisions;
    unchanged += page.unchanged;
    unknown += page.unknown;
    for (const impact of page.agents) merge(agents, impact);
  }
  return { decisions, unchanged, unknown, agents: [...agents.values()].sort((a, b) => b.newly_denied + b.newly_allowed + b.newly_obliged - a.newly_denied - a.newly_allowed - a.newly_obliged) };
};

const merge = (agents: Map<string, Impact>, { agent_id, examples, ...counts }: Impact): void => {
  const known = agents.get(agent_id);
  if (!known) return void agents.set(agent_id, { agent_id, ...counts, examples: examples.slice(0, MOST_EXAMPLES) });
  known.newly_denied += counts.newly_denied;
  known.newly_allowed += counts.newly_allowed;
  known.newly_obliged += counts.newly_obliged;
  known.examples.push(...examples.slice(0, MOST_EXAMPLES - known.examples.length));
};

const impactLines = async (hub: HubClient, { decisions, unchanged, unknown, agents }: Whole): Promise<readonly string[]> => {
  const names = await Promise.all(agents.map(async ({ agent_id }) => (await findAgent(hub, agent_id)).name));
  return [
    `${decisions} recorded decisions: ${unchanged} stay as they were, ${decisions - unchanged} come out differently.`,
    ...(unknown > 0 ? [`${unknown} more were recorded by an earlier version of Mandate, which told too little of them.`] : []),
    ...(agents.length === 0 ? [] : ['', ...columns([['DENIED', 'ALLOWED', 'TO BE CONFIRMED', 'AGENT'], ...agents.map(({ newly_denied, newly_allowed, newly_obliged, agent_id }, n) => [String(newly_denied), String(newly_allowed), String(newly_obliged), `${names[n]} (${agent_id})`])])]),
    ...agents.flatMap(({ examples }, n) => ['', plain(`${names[n]}, for example:`), ...examples.flatMap(exampleLines)]),
  ];
};

const exampleLines = ({ recorded_at, principal, target_id, grant_type, differences }: Example): readonly string[] =>
  differences.map(({ scope, before, after, because }) =>
    plain(`  ${recorded_at.slice(0, 19).replace('T', ' ')}  ${scope === '' ? 'access' : scope} of ${target_id} for ${principal.kind} ${principal.id} by ${grant_type}: ${before} -> ${after} (${because})`));
