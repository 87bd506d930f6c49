import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { TransitLogin } from './vault/keys/transit-client.js';
import type { VaultKeysOptions } from './vault/keys/open-key-providers.js';
import { IS_KEY, looksRandom } from './vault/master-key.js';

const url = (protocols: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`);

/** Every variable that Mandate reads. docs/operations.md is written from this. */
const variables = z.object({
  MANDATE_ROLE: z.enum(['all', 'api', 'worker']).default('all').describe('What this process does: `api` answers, `worker` feeds read models and runs jobs, `all` is both; `--role` says the same'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8787).describe('Port to listen on'),
  HOST: z.string().default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for all'),
  MANDATE_ISSUER: url(['http:', 'https:']).optional().describe('The hub as clients reach it, without a path; https unless it is localhost. It is the default tenant\'s issuer, and the same on all nodes; unset: http://localhost:PORT'),
  MANDATE_TRUSTED_PROXIES: z.string().default('').describe('Addresses or networks (CIDR), separated by commas, of proxies whose X-Forwarded-For is believed'),
  MANDATE_DATA: z.string().default('./data').describe('Directory of the embedded stores and of the keys'),
  MANDATE_ADMIN_EMAIL: z.string().email().or(z.literal('admin@localhost')).default('admin@localhost').describe('E-mail of the first administrator'),
  MANDATE_ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional().describe('Password of the first administrator, 12 characters at least; unset: generated and printed once'),
  MANDATE_SAMPLE: z.enum(['on', 'off']).optional().describe('Whether the protected sample MCP server runs beside the hub; unset: only beside a hub that is all in one process'),
  MANDATE_SAMPLE_PORT: z.coerce.number().int().min(0).max(65_535).optional().describe('Port of the sample MCP server; unset: one above PORT'),
  MANDATE_LOG: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info').describe('How much goes to the log (JSON lines on standard output)'),
  MANDATE_MASTER_KEY: z.string().regex(IS_KEY, 'must be 32 bytes in base64url, 43 characters').refine(looksRandom, 'is no random key: take one from a generator (openssl rand 32 | basenc --base64url | tr -d =)').optional()
    .describe('The key of the vault, the same on all nodes; unset: keys/master.key in MANDATE_DATA, made at the first start'),
  MANDATE_VAULT_KEYS: z.enum(['local', 'aws-kms', 'transit']).default('local').describe('What wraps the data keys of credentials: keys of the hub\'s own in its vault, a key in AWS KMS, or the transit engine of HashiCorp Vault or OpenBao'),
  MANDATE_KMS_KEY: z.string().regex(/^[\w:/-]{1,2048}$/, 'must be the ARN, the id or the alias of a key').optional().describe('Symmetric key in AWS KMS: ARN, id or alias/name. AWS credentials come the way that its tools find them'),
  MANDATE_KMS_REGION: z.string().regex(/^[a-z\d-]{1,40}$/, 'must be the name of a region, such as eu-central-1').optional().describe('Region of the key; unset: what AWS\'s own configuration says'),
  MANDATE_KMS_ENDPOINT: url(['http:', 'https:']).optional().describe('Address of KMS when it is another than AWS\'s own'),
  MANDATE_TRANSIT_URL: url(['http:', 'https:']).optional().describe('HashiCorp Vault or OpenBao; https unless it is localhost'),
  MANDATE_TRANSIT_KEY: z.string().regex(/^[\w.-]{1,128}$/, 'must be the name of a transit key').optional().describe('Name of the transit key, of a type that encrypts with associated data (aes256-gcm96)'),
  MANDATE_TRANSIT_MOUNT: z.string().regex(/^[\w.-]+(\/[\w.-]+)*$/, 'must be a path without a slash at its ends').default('transit').describe('Where the transit engine is mounted'),
  MANDATE_TRANSIT_NAMESPACE: z.string().regex(/^[\w./-]{1,256}$/, 'must be the path of a namespace').optional().describe('Namespace of the transit engine'),
  MANDATE_TRANSIT_CA: z.string().optional().describe('File with the certificate authorities (PEM) that the server is trusted by; unset: the usual ones'),
  MANDATE_TRANSIT_TOKEN: z.string().min(1).optional().describe('Token for the transit engine; or one of the two ways below'),
  MANDATE_TRANSIT_ROLE_ID: z.string().min(1).optional().describe('AppRole, with MANDATE_TRANSIT_SECRET_ID'),
  MANDATE_TRANSIT_SECRET_ID: z.string().min(1).optional().describe('AppRole\'s secret id'),
  MANDATE_TRANSIT_KUBERNETES_ROLE: z.string().min(1).optional().describe('Role of the Kubernetes login, by the token of the pod\'s service account'),
  EVENTSTORE_URL: z.string().regex(/^(esdb|kurrentdb)(\+discover)?:\/\/[^\s/]+/, 'must begin with esdb:// or kurrentdb://, or with one of them and +discover').optional().describe('EventStoreDB or KurrentDB; unset: SQLite'),
  DATABASE_URL: url(['postgres:', 'postgresql:']).optional().describe('PostgreSQL for the vault and the read models; unset: vault.db and PGlite in MANDATE_DATA'),
  REDIS_URL: url(['redis:', 'rediss:']).optional().describe('Redis for jobs; unset: jobs live in the read-model database'),
});

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;
const NETWORK = /^[\da-f.:]+(\/\d{1,3})?$/i;

export interface Config {
  readonly role: 'all' | 'api' | 'worker';
  readonly port: number;
  readonly host: string;
  readonly publicUrl: string;
  /** The hub listens on and is reached by loopback only: development, where clients on loopback are fetched. */
  readonly allowLoopback: boolean;
  readonly trustedProxies: readonly string[];
  readonly dataDirectory: string;
  readonly masterKey: string | undefined;
  readonly vaultKeys: VaultKeysOptions;
  readonly admin: { readonly email: string; readonly password: string | undefined };
  readonly sample: { readonly port: number } | undefined;
  readonly log: string;
  readonly eventStoreUrl: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
}

/** A mistake in the environment, with the variable's name; the boot stops with it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

type Variables = Readonly<Record<string, string | undefined>>;

/** What holds or may hold a secret may stand in a file instead, as platforms hand secrets over: `<name>_FILE` names it. */
const IN_FILES = ['MANDATE_ADMIN_PASSWORD', 'MANDATE_MASTER_KEY', 'MANDATE_TRANSIT_TOKEN', 'MANDATE_TRANSIT_SECRET_ID', 'EVENTSTORE_URL', 'DATABASE_URL', 'REDIS_URL'] as const;

const withFiles = (given: Variables): Variables => {
  const read: Record<string, string> = {};
  for (const name of IN_FILES) {
    const file = given[`${name}_FILE`];
    if (file === undefined) continue;
    if (given[name] !== undefined) throw new ConfigurationError(`${name}_FILE: ${name} is set too; which of them counts is not for the hub to guess`);
    read[name] = contentOf(`${name}_FILE`, file);
  }
  return { ...given, ...read };
};

const contentOf = (variable: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigurationError(`${variable}: ${(error as Error).message}`);
  }
};

/** Reads and checks the environment, and what the command line says instead. Empty variables count as unset. Throws ConfigurationError. */
export const readConfig = (environment: Variables = process.env, instead: Variables = {}): Config => {
  const given = withFiles(Object.fromEntries(Object.entries({ ...environment, ...instead }).filter(([, value]) => value !== undefined && value !== '')));
  const read = variables.safeParse(given);
  if (!read.success) {
    const lines = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ConfigurationError(`The configuration is not valid.\n  ${lines.join('\n  ')}`);
  }
  const v = read.data;
  if (v.MANDATE_ROLE !== 'all') checkShared(v.MANDATE_ROLE, v);
  const publicUrl = (v.MANDATE_ISSUER ?? `http://localhost:${v.PORT}`).replace(/\/$/, '');
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(publicUrl);
  if (username !== '' || password !== '' || hash !== '' || publicUrl.includes('#')) throw new ConfigurationError('MANDATE_ISSUER: must have no user and no fragment');
  if (pathname !== '/' || search !== '') throw new ConfigurationError('MANDATE_ISSUER: must have no path; other tenants live under /t/<slug> of it');
  const isLoopback = LOOPBACK.test(hostname);
  if (protocol === 'http:' && !isLoopback) throw new ConfigurationError('MANDATE_ISSUER: must be https unless it is localhost');
  const trustedProxies = v.MANDATE_TRUSTED_PROXIES.split(',').map((text) => text.trim()).filter((text) => text !== '');
  const wrong = trustedProxies.find((text) => !NETWORK.test(text));
  if (wrong !== undefined) throw new ConfigurationError(`MANDATE_TRUSTED_PROXIES: "${wrong}" is no address and no network such as 10.0.0.0/8`);
  return {
    role: v.MANDATE_ROLE, port: v.PORT, host: v.HOST, publicUrl, allowLoopback: isLoopback && LOOPBACK.test(v.HOST), trustedProxies, dataDirectory: v.MANDATE_DATA,
    masterKey: v.MANDATE_MASTER_KEY, vaultKeys: vaultKeysOf(v),
    admin: { email: v.MANDATE_ADMIN_EMAIL, password: v.MANDATE_ADMIN_PASSWORD },
    sample: (v.MANDATE_SAMPLE ?? (v.MANDATE_ROLE === 'all' ? 'on' : 'off')) === 'on' && v.MANDATE_ROLE !== 'worker' ? { port: v.MANDATE_SAMPLE_PORT ?? (v.PORT === 0 ? 0 : v.PORT + 1) } : undefined,
    log: v.MANDATE_LOG, eventStoreUrl: v.EVENTSTORE_URL, databaseUrl: v.DATABASE_URL, redisUrl: v.REDIS_URL,
  };
};

type Read = z.infer<typeof variables>;

const vaultKeysOf = (v: Read): VaultKeysOptions => {
  const { MANDATE_VAULT_KEYS: use, MANDATE_KMS_KEY: kms, MANDATE_TRANSIT_URL: transit } = v;
  if (use === 'aws-kms' && kms === undefined) throw new ConfigurationError('MANDATE_KMS_KEY: must be set with MANDATE_VAULT_KEYS=aws-kms');
  if (use === 'transit' && transit === undefined) throw new ConfigurationError('MANDATE_TRANSIT_URL: must be set with MANDATE_VAULT_KEYS=transit');
  for (const name of ['MANDATE_KMS_ENDPOINT', 'MANDATE_TRANSIT_URL'] as const)
    if (v[name]?.startsWith('http:') && !LOOPBACK.test(new URL(v[name]).hostname)) throw new ConfigurationError(`${name}: must be https unless it is localhost`);
  return { use, ...(kms === undefined ? {} : { kms: { key: kms, region: v.MANDATE_KMS_REGION, endpoint: v.MANDATE_KMS_ENDPOINT } }), ...(transit === undefined ? {} : { transit: transitOf(v, transit) }) };
};

const transitOf = (v: Read, url: string): NonNullable<VaultKeysOptions['transit']> => {
  if (v.MANDATE_TRANSIT_KEY === undefined) throw new ConfigurationError('MANDATE_TRANSIT_KEY: must be set with MANDATE_TRANSIT_URL');
  const ca = v.MANDATE_TRANSIT_CA === undefined ? undefined : contentOf('MANDATE_TRANSIT_CA', v.MANDATE_TRANSIT_CA);
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----')) throw new ConfigurationError('MANDATE_TRANSIT_CA: holds no certificate in PEM');
  return { url, mount: v.MANDATE_TRANSIT_MOUNT, key: v.MANDATE_TRANSIT_KEY, namespace: v.MANDATE_TRANSIT_NAMESPACE, ca, login: transitLoginOf(v) };
};

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

const transitLoginOf = ({ MANDATE_TRANSIT_TOKEN: token, MANDATE_TRANSIT_ROLE_ID: roleId, MANDATE_TRANSIT_SECRET_ID: secretId, MANDATE_TRANSIT_KUBERNETES_ROLE: role }: Read): TransitLogin => {
  if ([token, roleId, role].filter((way) => way !== undefined).length !== 1)
    throw new ConfigurationError('MANDATE_TRANSIT_TOKEN: exactly one of MANDATE_TRANSIT_TOKEN, MANDATE_TRANSIT_ROLE_ID and MANDATE_TRANSIT_KUBERNETES_ROLE must be set');
  if (token !== undefined) return { method: 'token', token };
  if (role !== undefined) return { method: 'kubernetes', role, jwtFile: SERVICE_ACCOUNT };
  if (secretId === undefined) throw new ConfigurationError('MANDATE_TRANSIT_SECRET_ID: must be set with MANDATE_TRANSIT_ROLE_ID');
  return { method: 'approle', roleId: roleId!, secretId };
};

/** Processes that divide the work meet in stores and names that all of them can have. */
const checkShared = (role: string, v: Read): void => {
  const needed = role === 'api' ? (['EVENTSTORE_URL', 'DATABASE_URL', 'MANDATE_ISSUER'] as const) : (['EVENTSTORE_URL', 'DATABASE_URL'] as const);
  const why = { EVENTSTORE_URL: 'the embedded ledger is one process\'s file', DATABASE_URL: 'the embedded vault is one process\'s file', MANDATE_ISSUER: 'all nodes have one name' };
  for (const name of needed) if (v[name] === undefined) throw new ConfigurationError(`${name}: must be set with the role ${role}, since ${why[name]}`);
};

export interface DescribedVariable {
  readonly name: string;
  readonly meaning: string;
  /** As text; undefined when it has none, or one that depends on others. */
  readonly default: string | undefined;
  /** The words that it may be, when it is one of a few. */
  readonly words: readonly string[] | undefined;
  /** Whether `<name>_FILE` may name a file that holds it. */
  readonly inFile: boolean;
}

/** Every variable, for the documentation. */
export const describeVariables = (): readonly DescribedVariable[] =>
  Object.entries(variables.shape).map(([name, schema]) => {
    const { description = '', default: unset, enum: words } = z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' });
    const inFile = (IN_FILES as readonly string[]).includes(name);
    return { name, inFile, meaning: description, default: unset === undefined ? undefined : String(unset), words: words?.map(String) };
  });
