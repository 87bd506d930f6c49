import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEPLOYMENT } from '../domain/kernel/ids.js';
import { SecretStore } from '../domain/ports/secret-store.js';
import type { Config } from './config.js';
import { openVault } from './vault/open-vault.js';

/** What the command line signs in with. */
export interface OperatorCredentials {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const pathIn = (dataDirectory: string): string => join(dataDirectory, 'keys', 'operator.json');

/** Undefined when there is none or it can't be read: a new one is made then. */
export const readOperatorFile = (dataDirectory: string): OperatorCredentials | undefined => {
  try {
    return JSON.parse(readFileSync(pathIn(dataDirectory), 'utf8')) as OperatorCredentials;
  } catch {
    return undefined;
  }
};

/** Readable by the owner alone; replaced as a whole, so that a crash leaves the old one or the new one. */
export const writeOperatorFile = (dataDirectory: string, content: OperatorCredentials): void => {
  const path = pathIn(dataDirectory);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

const [KIND, NAME] = ['operator', 'command-line'];

interface OperatorStore {
  read(): Promise<OperatorCredentials | undefined>;
  keep(credentials: OperatorCredentials): Promise<void>;
}

/**
 * Where the command line finds its credentials: in the data directory, or in the vault that all nodes share. Whoever can
 * read the one, or has the other's address and key, is the operator already.
 */
export const operatorIn = ({ databaseUrl, dataDirectory }: Config, secrets: SecretStore): OperatorStore => {
  if (databaseUrl === undefined) return { read: async () => readOperatorFile(dataDirectory), keep: async (credentials) => writeOperatorFile(dataDirectory, credentials) };
  return {
    async read() {
      const stored = await secrets.get(DEPLOYMENT, KIND, NAME);
      // A hub that has just moved its vault goes on with the operator it had.
      return stored ? (JSON.parse(new TextDecoder().decode(stored)) as OperatorCredentials) : readOperatorFile(dataDirectory);
    },
    keep: (credentials) => secrets.put(DEPLOYMENT, KIND, { name: NAME, value: new TextEncoder().encode(JSON.stringify(credentials)) }),
  };
};

/** The same for who is no hub. Undefined when no hub has been started yet; rejects with a sentence when the vault can't be opened. */
export const findOperator = async (config: Config): Promise<OperatorCredentials | undefined> => {
  const { databaseUrl, dataDirectory: directory, masterKey } = config;
  if (databaseUrl === undefined) return readOperatorFile(directory);
  const vault = await openVault({ directory, databaseUrl, masterKey, mustExist: true });
  try {
    return await operatorIn(config, vault.secrets).read();
  } finally {
    await vault.close();
  }
};
