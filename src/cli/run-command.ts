import { parseArgs } from 'node:util';
import { ConfigurationError, readConfig } from '../platform/config.js';
import { findOperator } from '../platform/operator-credentials.js';
import { SystemClock } from '../platform/system-clock.js';
import { type Command, CommandProblem, type Surroundings } from './command.js';
import { Progress, type Screen } from './progress.js';

export interface Output {
  readonly out: (line: string) => void;
  readonly problem: (line: string) => void;
  readonly screen?: Screen;
}

/** Each is loaded when it is called: most of them stand on large parts of the hub, and a command line has to be quick. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  history: async () => (await import('./history-command.js')).historyCommand,
  agents: async () => (await import('./agents-command.js')).agentsCommand,
  suspend: async () => (await import('./suspend-command.js')).suspendCommand,
  events: async () => (await import('./events-command.js')).eventsCommand,
  backup: async () => (await import('./backup-command.js')).backupCommand,
  restore: async () => (await import('./restore-command.js')).restoreCommand,
  release: async () => (await import('./release-command.js')).releaseCommand,
  'keys list': async () => (await import('./keys-commands.js')).keysListCommand,
  'keys rotate': async () => (await import('./keys-commands.js')).keysRotateCommand,
  'keys revoke': async () => (await import('./keys-commands.js')).keysRevokeCommand,
  'factors list': async () => (await import('./factors-commands.js')).factorsListCommand,
  'factors reset': async () => (await import('./factors-commands.js')).factorsResetCommand,
  'trust list': async () => (await import('./trust-commands.js')).trustListCommand,
  'trust add': async () => (await import('./trust-commands.js')).trustAddCommand,
  'trust remove': async () => (await import('./trust-commands.js')).trustRemoveCommand,
  'trust test': async () => (await import('./trust-commands.js')).trustTestCommand,
  'idp show': async () => (await import('./idp-commands.js')).idpShowCommand,
  'idp set': async () => (await import('./idp-commands.js')).idpSetCommand,
  'idp test': async () => (await import('./idp-commands.js')).idpTestCommand,
  'approvals list': async () => (await import('./approvals-commands.js')).approvalsListCommand,
  'approvals deny': async () => (await import('./approvals-commands.js')).approvalsDenyCommand,
  'approvals withdraw': async () => (await import('./approvals-commands.js')).approvalsWithdrawCommand,
  'decisions replay': async () => (await import('./decisions-replay-command.js')).decisionsReplayCommand,
  'policy list': async () => (await import('./policy-commands.js')).policyListCommand,
  'policy show': async () => (await import('./policy-commands.js')).policyShowCommand,
  'policy diff': async () => (await import('./policy-commands.js')).policyDiffCommand,
  'policy publish': async () => (await import('./policy-commands.js')).policyPublishCommand,
  'policy dry-run': async () => (await import('./policy-trial-commands.js')).policyDryRunCommand,
  'policy back-test': async () => (await import('./policy-trial-commands.js')).policyBackTestCommand,
  'policy shadow': async () => (await import('./policy-commands.js')).policyShadowCommand,
  'policy unshadow': async () => (await import('./policy-commands.js')).policyUnshadowCommand,
  'policy activate': async () => (await import('./policy-commands.js')).policyActivateCommand,
  'policy rollback': async () => (await import('./policy-commands.js')).policyRollbackCommand,
  'connections list': async () => (await import('./connections-commands.js')).connectionsListCommand,
  'connections show': async () => (await import('./connections-commands.js')).connectionsShowCommand,
  'connections define': async () => (await import('./connections-commands.js')).connectionsDefineCommand,
  'connections connect-url': async () => (await import('./connections-commands.js')).connectionsUrlCommand,
  'connections suspend': async () => (await import('./connections-commands.js')).connectionsSuspendCommand,
  'connections resume': async () => (await import('./connections-commands.js')).connectionsResumeCommand,
  'connections remove': async () => (await import('./connections-commands.js')).connectionsRemoveCommand,
  'vault status': async () => (await import('./vault-keys-commands.js')).vaultStatusCommand,
  'vault rotate': async () => (await import('./vault-keys-commands.js')).vaultRotateCommand,
  'ledger verify': async () => (await import('./ledger-verify-command.js')).ledgerVerifyCommand,
  'ledger copy': async () => (await import('./ledger-copy-command.js')).ledgerCopyCommand,
  'vault copy': async () => (await import('./vault-copy-command.js')).vaultCopyCommand,
};
const OPTIONS = {
  url: { type: 'string' }, reason: { type: 'string' }, json: { type: 'boolean', default: false }, follow: { type: 'boolean', default: false },
  'with-master-key': { type: 'boolean', default: false }, 'keep-sessions': { type: 'boolean', default: false }, compare: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' },
  agent: { type: 'string' }, target: { type: 'string' }, scope: { type: 'string' }, user: { type: 'string' }, 'secret-file': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
const DEFAULT_URL = 'http://localhost:8787';
const clock = new SystemClock();

const usage = async (): Promise<string> => {
  const lines: string[] = [];
  for (const load of Object.values(COMMANDS)) {
    const { usage: words, says } = await load();
    // A long one has its line to itself.
    if (words.length > 50) lines.push(`  ${words}`, `${' '.repeat(54)}${says}`);
    else lines.push(`  ${words.padEnd(52)}${says}`);
  }
  return [
    'Usage: mandate <command>', '', ...lines, '',
    `  --url <issuer>  the hub (else MANDATE_ISSUER, else the one that wrote the operator's credentials, else ${DEFAULT_URL})`,
    '  --json          JSON, one document or event a line', '',
    'It signs in with keys/operator.json in the hub\'s data directory (MANDATE_DATA, ./data when unset), or with what the',
    'hub keeps in its vault when DATABASE_URL is set.',
  ].join('\n');
};

/** Gives the exit code: 0 done, 1 could not be done, 2 not understood. */
export const runCommand = async (args: readonly string[], { out, problem, screen }: Output, environment?: Readonly<Record<string, string | undefined>>): Promise<number> => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [name] = positionals;
    if (values.help || name === undefined) return said(out, await usage(), name === undefined && !values.help ? 2 : 0);
    const { load, operands } = commandIn(positionals);
    if (!load) return said(problem, `There is no command ${JSON.stringify(name)}.\n\n${await usage()}`, 2);
    const command = await load();
    if (operands.length > (command.operands ?? 1)) return said(problem, `Too many words. Usage: mandate ${command.usage}`, 2);
    const around = { ...(await surroundings(command, values.url, environment)), out, progress: new Progress(screen, () => clock.now()) };
    const { help: _, url: __, 'with-master-key': withMasterKey, 'keep-sessions': keepSessions, 'secret-file': secretFile, ...rest } = values;
    const absent = { reason: undefined, compare: undefined, from: undefined, to: undefined, agent: undefined, target: undefined, scope: undefined, user: undefined };
    await command.run({ operand: operands[0], operands, ...absent, ...rest, withMasterKey, keepSessions, secretFile }, around);
    return 0;
  } catch (error) {
    if ((error as { code?: unknown }).code?.toString().startsWith('ERR_PARSE_ARGS')) return said(problem, `${(error as Error).message}\n\n${await usage()}`, 2);
    if (error instanceof CommandProblem || error instanceof ConfigurationError) return said(problem, error.message, 1);
    throw error;
  }
};

/** The command's name is one word or two. */
const commandIn = ([first = '', second = '', ...rest]: readonly string[]): { readonly load: (() => Promise<Command>) | undefined; readonly operands: readonly string[] } => {
  const both = `${first} ${second}`;
  if (Object.hasOwn(COMMANDS, both)) return { load: COMMANDS[both], operands: rest };
  return { load: Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined, operands: second === '' ? rest : [second, ...rest] };
};

const said = (say: (line: string) => void, text: string, code: number): number => {
  say(text);
  return code;
};

const surroundings = async (
  { isOffline = false }: Command, given: string | undefined, environment?: Readonly<Record<string, string | undefined>>,
): Promise<Omit<Surroundings, 'out' | 'progress'>> => {
  const config = readConfig(environment);
  const operator = isOffline ? undefined : await findOperator(config).catch((error: unknown) => {
    throw new CommandProblem(`The operator's credentials can't be had. ${(error as Error).message}`);
  });
  const named = given?.replace(/\/$/, '') ?? (config.publicUrl === DEFAULT_URL ? undefined : config.publicUrl);
  if (named !== undefined && !URL.canParse(named)) throw new CommandProblem(`${JSON.stringify(named)} is not a URL.`);
  // The operator's secret goes to the hub that it was made by and to nobody else.
  if (named !== undefined && operator && operator.issuer !== named) {
    const [place, setting] = config.databaseUrl === undefined ? [config.dataDirectory, 'MANDATE_DATA to the data directory'] : ['the vault', 'DATABASE_URL to the database'];
    throw new CommandProblem(`The operator's credentials in ${place} are for ${operator.issuer}, not for ${named}. Set ${setting} of that hub.`);
  }
  return { config, operator, url: named ?? operator?.issuer ?? config.publicUrl };
};
