import { copyVault } from '../platform/vault/copy-vault.js';
import { type Command, CommandProblem } from './command.js';

/** For who has used embedded stores and goes on with PostgreSQL. The hub is stopped meanwhile: the file is locked by it. */
export const vaultCopyCommand: Command = {
  usage: 'vault copy',
  says: 'the vault goes from the data directory into PostgreSQL',
  operands: 0,
  isOffline: true,
  async run(_, { config, out }) {
    const { dataDirectory: directory, databaseUrl, masterKey } = config;
    if (databaseUrl === undefined) throw new CommandProblem('Set DATABASE_URL to the PostgreSQL that the vault is to be moved into.');
    const { rows, movedTo } = await copyVault({ directory, databaseUrl, masterKey }).catch((error: unknown) => {
      throw new CommandProblem((error as Error).message);
    });
    out(`The vault is in PostgreSQL now, and each of its secrets (${rows}) opens there.`);
    out(`The file is ${movedTo} and not used any more. Delete it when PostgreSQL is in your backup: it keeps what will be destroyed there.`);
    out(masterKey === undefined ? `The key stays in ${directory}/keys/master.key. Every node needs it.` : 'The key stays what MANDATE_MASTER_KEY is. Every node needs it.');
  },
};
