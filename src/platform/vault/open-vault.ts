import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../domain/ports/clock.js';
import type { Crypto } from '../../domain/ports/crypto.js';
import type { KeyRing } from '../../domain/ports/key-ring.js';
import type { Passwords } from '../../domain/ports/passwords.js';
import type { Privacy } from '../../domain/ports/privacy.js';
import type { SecretStore } from '../../domain/ports/secret-store.js';
import { SystemClock } from '../system-clock.js';
import { Argon2Passwords } from './argon2-passwords.js';
import { type MasterKey, createMasterKey, readMasterKey } from './master-key.js';
import { NodeCrypto } from './node-crypto.js';
import { SqliteSecretStore } from './sqlite-secret-store.js';
import { SubjectPrivacy } from './subject-privacy.js';
import { VaultFile } from './vault-file.js';
import { VaultKeyRing } from './vault-key-ring.js';

/** Everything that stands on the deployment's key. */
export interface Vault {
  readonly crypto: Crypto;
  readonly secrets: SecretStore;
  readonly privacy: Privacy;
  readonly passwords: Passwords;
  readonly keyRing: KeyRing;
  close(): Promise<void>;
}

/**
 * Opens `vault.db` in the data directory with the key in `keys/master.key` (or `keyFile`); the first start makes both.
 * Refuses a second process, a key that others may read, and a vault whose key is missing or another one: a new key would
 * make every secret unreadable for ever, so it is only made when the vault is provably empty.
 */
export const openVault = async (
  { directory, keyFile = join(directory, 'keys', 'master.key'), clock = new SystemClock() }:
  { directory: string; keyFile?: string; clock?: Clock },
): Promise<Vault> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'vault.db');
  // First the file, because its lock also settles who makes the key when two processes start at once.
  const file = await VaultFile.open(path);
  try {
    if (process.platform !== 'win32') chmodSync(path, 0o600);
    const master = await agreeOnKey(file, { path, keyFile });
    const secrets = new SqliteSecretStore(file, master, clock);
    return {
      secrets, crypto: new NodeCrypto(master), privacy: new SubjectPrivacy(secrets), passwords: new Argon2Passwords(),
      keyRing: new VaultKeyRing(secrets), close: () => secrets.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
};

const agreeOnKey = async (file: VaultFile, { path, keyFile }: { path: string; keyFile: string }): Promise<MasterKey> => {
  const sealedWith = await file.call('keyId');
  const master = readMasterKey(keyFile);
  if (sealedWith === undefined) {
    // Key first, then its name in the vault, then the first secret: a crash in between leaves nothing that can't be gone on from.
    const fresh = master ?? createMasterKey(keyFile);
    await file.call('adoptKey', fresh.id);
    return fresh;
  }
  if (!master) throw new Error(`The vault ${path} exists but its key ${keyFile} is missing. Restore the key file; without it the vault can't be opened.`);
  if (master.id !== sealedWith) throw new Error(`The key ${keyFile} is not the one that the vault ${path} was sealed with. Restore the right key file.`);
  return master;
};
