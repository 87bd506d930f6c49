import { type Command, CommandProblem, checkReason } from './command.js';
import { all } from './directory.js';
import { HubClient, type Row } from './hub-client.js';
import { jsonIn, textIn } from './json-file.js';
import { columns, plain } from './plain-text.js';
import { day } from './words.js';

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const namesOf = (value: unknown): string => (value as readonly Row[]).map(({ name }) => String(name)).join(' ');

/** A connection by its name or id. Names are never given twice, so there is one at most. */
const named = async (hub: HubClient, operand: string | undefined, usage: string): Promise<Row> => {
  if (operand === undefined) throw new CommandProblem(`Which connection? Usage: mandate ${usage}`);
  if (/^con_[\w-]{1,64}$/.test(operand)) return (await hub.get(`/api/connections/${operand}`)) as Row;
  const found = (await all(hub, `/api/connections?q=${encodeURIComponent(operand.slice(0, 200))}`)).find(({ name }) => name === operand);
  if (!found) throw new CommandProblem(`There is no connection called ${JSON.stringify(operand)}; mandate connections list shows them.`);
  return (await hub.get(`/api/connections/${String(found['connection_id'])}`)) as Row;
};

export const connectionsListCommand: Command = {
  usage: 'connections list [--json]',
  says: 'the services that agents are lent access to',
  operands: 0,
  async run({ json }, around) {
    const rows = await all(await HubClient.signIn(around, 'directory:read'), '/api/connections');
    if (json) return around.out(JSON.stringify(rows, null, 2));
    if (rows.length === 0) return around.out('There are no connections yet: mandate connections define <name> <file>.');
    const cells = (row: Row): readonly string[] => [row['name'], row['status'], row['kind'], row['held_by'], textsOf(row['origins']).join(' '), row['title']].map(String);
    for (const line of columns([['NAME', 'STATUS', 'KIND', 'HELD BY', 'SENT TO', 'TITLE'], ...rows.map(cells)])) around.out(line);
  },
};

export const connectionsShowCommand: Command = {
  usage: 'connections show <name> [--json]',
  says: 'one of them, and what is held over it, for whom and in which state',
  async run({ operand, json }, around) {
    const hub = await HubClient.signIn(around, 'directory:read');
    const connection = await named(hub, operand, this.usage);
    const credentials = await all(hub, `/api/connections/${String(connection['connection_id'])}/credentials`);
    if (json) return around.out(JSON.stringify({ ...connection, credentials }, null, 2));
    for (const line of connectionLines(connection)) around.out(plain(line));
    around.out(credentials.length === 0 ? 'Nothing is held over it.' : 'Held over it:');
    if (credentials.length > 0) for (const line of columns([['CREDENTIAL', 'FOR', 'STATE', 'UNTIL', 'LAST LENT', 'SCOPES'], ...credentials.map(credentialCells)])) around.out(line);
  },
};

const connectionLines = (row: Row): readonly string[] => [
  `${String(row['name'])} (${String(row['connection_id'])}): "${String(row['title'])}", ${String(row['status'])}, held by ${row['held_by'] === 'user' ? 'each user' : 'the tenant'}`,
  `scopes   ${namesOf(row['scopes'])}`, `sent to  ${textsOf(row['origins']).join(' ')}`,
  ...(row['routes'] as readonly Row[]).map(({ methods, path, scopes }) => `route    ${textsOf(methods).join(',')} ${String(path)}${scopes === undefined ? '' : `  needs ${textsOf(scopes).join(' ')}`}`),
  ...(row['redirect_uri'] === undefined ? [] : [`register at the service  ${String(row['redirect_uri'])}`]),
  ...(row['has_secret'] === true ? [`client secret  there (fingerprint ${String(row['secret_fingerprint'])})`] : []),
  `connect  ${String(row['connect_url'])}`, `forward  ${String(row['forward_url'])}`,
];

const credentialCells = (row: Row): readonly string[] => {
  const { kind, id } = row['holder'] as { readonly kind: string; readonly id: string };
  const state = row['reason'] === undefined ? String(row['status']) : `${String(row['status'])} (${String(row['reason'])})`;
  return [String(row['credential_id']), `${kind} ${id}`, state, row['expires_at'] === undefined ? '-' : day(row['expires_at']), String(row['last_lent_at'] ?? 'never'), textsOf(row['scopes']).join(' ')];
};

export const connectionsDefineCommand: Command = {
  usage: 'connections define <name> <file> [--secret-file <file>]',
  says: 'a new connection; the file is JSON as POST /api/connections takes it',
  operands: 2,
  async run({ operands: [name, file], secretFile, json }, around) {
    if (name === undefined || file === undefined) throw new CommandProblem(`Which name, and which file? Usage: mandate ${this.usage}`);
    // A file of its own: what is typed stands in the shell's history, and the definition may be kept where others read it.
    const secret = secretFile === undefined ? {} : { client_secret: textIn(secretFile).trim() };
    const draft = { ...jsonIn(file), ...secret, name };
    const hub = await HubClient.signIn(around, 'directory:read', 'connections:write');
    const connection = (await hub.post('/api/connections', draft)) as Row;
    if (json) return around.out(JSON.stringify(connection, null, 2));
    for (const line of connectionLines(connection)) around.out(plain(line));
  },
};

export const connectionsUrlCommand: Command = {
  usage: 'connections connect-url <name> [--agent <agent id>] [--scope <a,b>]',
  says: 'where a person connects it, in a browser, and allows an agent',
  async run({ operand, agent, scope, json }, around) {
    const hub = await HubClient.signIn(around, 'directory:read');
    const url = new URL(String((await named(hub, operand, this.usage))['connect_url']));
    if (agent !== undefined) url.searchParams.set('agent', agent);
    if (scope !== undefined) url.searchParams.set('scope', scope.split(/[\s,]+/).join(' '));
    around.out(json ? JSON.stringify({ connect_url: url.href }) : url.href);
  },
};

const step = (name: 'suspend' | 'resume' | 'remove', says: string, done: (title: string) => string): Command => ({
  usage: `connections ${name} <name>${name === 'resume' ? '' : ' --reason <text>'}`,
  says,
  async run({ operand, reason, json }, around) {
    if (name !== 'resume') checkReason(reason);
    const hub = await HubClient.signIn(around, 'directory:read', 'connections:write');
    const { connection_id } = await named(hub, operand, this.usage);
    const after = (await hub.post(`/api/connections/${String(connection_id)}/${name}`, name === 'resume' ? {} : { reason })) as Row;
    around.out(json ? JSON.stringify(after, null, 2) : plain(done(String(after['name']))));
  },
});

export const connectionsSuspendCommand = step('suspend', 'nothing is lent over it until it is resumed', (name) => `Nothing is lent over ${name} until it is resumed.`);
export const connectionsResumeCommand = step('resume', 'it may be used again', (name) => `${name} may be used again.`);
export const connectionsRemoveCommand = step('remove', 'ends it for good, with everything that is held over it', (name) =>
  `${name} is removed. What was held over it is revoked at the service, where that is offered, and destroyed within minutes.`);
