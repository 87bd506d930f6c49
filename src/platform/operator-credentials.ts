import { SecretStore } from '../domain/ports/secret-store.js';
import type { Config } from './config.js';
import { type OperatorFile, readOperatorFile, writeOperatorFile } from './operator-file.js';
import { openVault } from './vault/open-vault.js';

/** Outside every tenant: no tenant has this id. */
const DEPLOYMENT = 'deployment';
const [KIND, NAME] = ['operator', 'command-line'];

export interface OperatorCredentials {
  read(): Promise<OperatorFile | undefined>;
  keep(credentials: OperatorFile): Promise<void>;
}

/**
 * Where the command line finds its credentials: in the data directory, or in the vault that all nodes share. Whoever can
 * read the one, or has the other's address and key, is the operator already.
 */
export const operatorIn = ({ databaseUrl, dataDirectory }: Config, secrets: SecretStore): OperatorCredentials => {
  if (databaseUrl === undefined) return { read: async () => readOperatorFile(dataDirectory), keep: async (credentials) => writeOperatorFile(dataDirectory, credentials) };
  return {
    async read() {
      const stored = await secrets.get(DEPLOYMENT, KIND, NAME);
      // A hub that has just moved its vault goes on with the operator it had.
      return stored ? (JSON.parse(new TextDecoder().decode(stored)) as OperatorFile) : readOperatorFile(dataDirectory);
    },
    keep: (credentials) => secrets.put(DEPLOYMENT, KIND, { name: NAME, value: new TextEncoder().encode(JSON.stringify(credentials)) }),
  };
};

/** The same for who is no hub. Undefined when no hub has been started yet; rejects with a sentence when the vault can't be opened. */
export const findOperator = async (config: Config): Promise<OperatorFile | undefined> => {
  const { databaseUrl, dataDirectory: directory, masterKey } = config;
  if (databaseUrl === undefined) return readOperatorFile(directory);
  const vault = await openVault({ directory, databaseUrl, masterKey, mustExist: true });
  try {
    return await operatorIn(config, vault.secrets).read();
  } finally {
    await vault.close();
  }
};
