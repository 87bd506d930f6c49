import { ADMIN_SCOPES } from '../commands/resources/hub-resources.js';
import { type Command, CommandProblem } from './command.js';
import { HubClient, type Row } from './hub-client.js';
import { jsonIn, textIn } from './json-file.js';
import { plain } from './plain-text.js';

interface Providers {
  readonly sign_in: { readonly ways: string; readonly emergency_user_ids: readonly string[] };
  readonly items: readonly Row[];
}

const WAYS: Readonly<Record<string, string>> = { local: 'with local accounts', upstream: 'with identity providers', both: 'with local accounts and identity providers' };
const rowsOf = (value: unknown): readonly Row[] => (Array.isArray(value) ? (value as Row[]) : []);

const all = async (hub: HubClient): Promise<Providers> => (await hub.get('/api/identity-providers')) as Providers;

const lines = (row: Row): readonly string[] => [
  `${String(row['name'])}: "${String(row['title'])}", ${String(row['issuer'])}`,
  `  client    ${String(row['client_id'])} (${String(row['client_authentication'])}), ${row['has_secret'] === true ? `secret there (fingerprint ${String(row['secret_fingerprint'])})` : 'NO SECRET YET: nobody can sign in with it'}`,
  `  register  ${String(row['redirect_uri'])}`,
  `  sign-out  ${String(row['backchannel_logout_uri'])} (back-channel), ${String(row['post_logout_redirect_uri'])} (after sign-out)`,
  ...rowsOf(row['requires']).map(({ claim, values }) => `  only      ${String(claim)}: ${(values as readonly string[]).join(', ')}`),
  ...(row['email_domains'] as readonly string[]).map((domain) => `  only      verified addresses at ${domain}`),
  ...rowsOf(row['role_mapping']).map(({ claim, value, role }) => `  role      ${String(role)}: who has ${String(value)} in ${String(claim)}`),
  ...rowsOf(row['claim_mapping']).map(({ claim, as }) => `  claim     ${String(as)}: from ${String(claim)}`),
  ...rowsOf(row['acr_mapping']).map(({ claim, value, acr }) => `  acr       ${String(acr)}: who has ${String(value)} in ${String(claim)}`),
];

export const idpShowCommand: Command = {
  usage: 'idp show [--json]',
  says: 'what people sign in with, and what to register there',
  operands: 0,
  async run({ json }, around) {
    const found = await all(await HubClient.signIn(around, 'directory:read'));
    if (json) return around.out(JSON.stringify(found, null, 2));
    around.out(`People sign in ${WAYS[found.sign_in.ways] ?? found.sign_in.ways}.${found.sign_in.emergency_user_ids.length === 0 ? '' : ` In an emergency: ${found.sign_in.emergency_user_ids.join(', ')}`}`);
    if (found.items.length === 0) return around.out('There is no identity provider yet: mandate idp set <file>.');
    for (const row of found.items) for (const line of lines(row)) around.out(plain(line));
  },
};

export const idpSetCommand: Command = {
  usage: 'idp set <file> [--secret-file <file>]',
  says: 'lets people sign in with an identity provider; the file is JSON as POST /api/identity-providers takes it',
  async run({ operand, secretFile, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Which file? Usage: mandate ${this.usage}`);
    // A file of its own: what is typed stands in the shell's history, and the settings may be kept where others read them.
    const secret = secretFile === undefined ? {} : { client_secret: textIn(secretFile).trim() };
    // A mapping may make administrators: only who may everything sets one.
    const hub = await HubClient.signIn(around, ...ADMIN_SCOPES.map(({ name }) => name));
    const row = (await hub.post('/api/identity-providers', { ...jsonIn(operand), ...secret })) as Row;
    if (json) return around.out(JSON.stringify(row, null, 2));
    for (const line of lines(row)) around.out(plain(line));
    if (row['public_jwk'] !== undefined) around.out(`  key       ${JSON.stringify(row['public_jwk'])}`);
  },
};

export const idpTestCommand: Command = {
  usage: 'idp test <name> [--json]',
  says: 'asks an identity provider what it says of itself now; changes nothing',
  async run({ operand, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Which one? Usage: mandate ${this.usage}`);
    const hub = await HubClient.signIn(around, 'directory:read', 'sign-in:write');
    const found = (await all(hub)).items.find(({ name }) => name === operand);
    if (!found) throw new CommandProblem(`There is no identity provider called ${JSON.stringify(operand)}; mandate idp show lists them.`);
    const answer = (await hub.post(`/api/identity-providers/${String(found['provider_id'])}/test`, {})) as { readonly problems: readonly string[]; readonly keys: number; readonly differences: readonly Row[] };
    if (json) return around.out(JSON.stringify(answer, null, 2));
    for (const { endpoint, accepted, found: now } of answer.differences) around.out(plain(`${String(endpoint)}: accepted ${String(accepted)}, now ${String(now)}. It counts once you set the provider again.`));
    if (answer.problems.length > 0) throw new CommandProblem(answer.problems.join(' '));
    around.out(`It answers, and signs with ${answer.keys} ${answer.keys === 1 ? 'key' : 'keys'}.`);
  },
};
