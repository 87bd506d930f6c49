import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../domain/ports/clock.js';
import type { CredentialVault } from '../../domain/ports/credential-vault.js';
import type { Crypto } from '../../domain/ports/crypto.js';
import type { KeyRing } from '../../domain/ports/key-ring.js';
import type { Passwords } from '../../domain/ports/passwords.js';
import type { Privacy } from '../../domain/ports/privacy.js';
import type { SecretStore } from '../../domain/ports/secret-store.js';
import type { VaultKeys } from '../../domain/ports/vault-keys.js';
import { SystemClock } from '../system-clock.js';
import { Argon2Passwords } from './argon2-passwords.js';
import { type MasterKey, createMasterKey, masterKeyOf, readMasterKey } from './master-key.js';
import { EnvelopeKeys } from './envelope-keys.js';
import { EnvelopeVault } from './envelope-vault.js';
import { type KeyProviders, type VaultKeysOptions, openKeyProviders } from './keys/open-key-providers.js';
import { NodeCrypto } from './node-crypto.js';
import { PostgresRows } from './postgres-rows.js';
import { RowSeal } from './row-seal.js';
import { SealedSecretStore } from './sealed-secret-store.js';
import type { SealedRows } from './sealed-rows.js';
import { SubjectPrivacy } from './subject-privacy.js';
import { VaultFile } from './vault-file.js';
import { VaultKeyRing } from './vault-key-ring.js';

/** Everything that stands on the deployment's key. */
export interface Vault {
  readonly crypto: Crypto;
  readonly secrets: SecretStore;
  readonly credentials: CredentialVault;
  readonly keys: VaultKeys;
  readonly privacy: Privacy;
  readonly passwords: Passwords;
  readonly keyRing: KeyRing;
  /** As they are sealed, for backups. */
  readonly rows: Pick<SealedRows, 'keyId' | 'page'>;
  /** Runs `work` while no other node that shares this vault runs any. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface VaultOptions {
  readonly directory: string;
  /** Undefined: `vault.db` in the directory. */
  readonly databaseUrl?: string | undefined;
  /** Undefined: `keys/master.key` in the directory. */
  readonly masterKey?: string | undefined;
  /** Nothing is made then: it is an error when there is no vault yet. */
  readonly mustExist?: boolean;
  /** What wraps the data keys of credentials; the hub's own keys when it is left out. */
  readonly keys?: VaultKeysOptions | undefined;
  readonly clock?: Clock;
}

export const vaultFileIn = (directory: string): string => join(directory, 'vault.db');
export const keyFileIn = (directory: string): string => join(directory, 'keys', 'master.key');

/**
 * Opens the vault in PostgreSQL or in `vault.db` with the deployment's master key; the first start makes what is missing.
 * Refuses a second process where there can be one only, a key that others may read, and a vault whose key is missing or
 * another one: a new key would make every secret unreadable for ever, so it is only made when the vault is provably empty.
 */
export const openVault = async ({ clock = new SystemClock(), ...options }: VaultOptions): Promise<Vault> => {
  const { directory, databaseUrl, keys = { use: 'local' } } = options;
  const rows = databaseUrl === undefined ? await openVaultFile(directory) : await PostgresRows.open(databaseUrl);
  try {
    // Alone, because several nodes may start for the first time at once; of the file, its lock has settled that.
    const master = await rows.alone(() => agreeOnKey(rows, options));
    const secrets = new SealedSecretStore(rows, new RowSeal(master), clock);
    // A key that another node has destroyed must not live on in the memory of this one.
    const privacy = databaseUrl === undefined ? new SubjectPrivacy(secrets) : new SubjectPrivacy(secrets, 0);
    const providers = await openKeyProviders(keys, secrets, clock);
    return {
      rows, secrets, privacy, credentials: new EnvelopeVault(secrets, providers, clock), keys: new EnvelopeKeys(secrets, providers),
      crypto: new NodeCrypto(master), passwords: new Argon2Passwords(), keyRing: new VaultKeyRing(secrets),
      alone: (work) => rows.alone(work), close: () => closeVault(secrets, providers),
    };
  } catch (error) {
    await rows.close();
    throw error;
  }
};

const closeVault = async (secrets: SecretStore, providers: KeyProviders): Promise<void> => {
  await Promise.all(providers.map((provider) => provider.close()));
  await secrets.close();
};

export const openVaultFile = async (directory: string): Promise<VaultFile> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = await VaultFile.open(vaultFileIn(directory));
  if (process.platform !== 'win32') chmodSync(vaultFileIn(directory), 0o600);
  return file;
};

/** The key that is given, or the one in the key file; undefined when there is neither. */
export const findMasterKey = ({ directory, masterKey }: VaultOptions): { readonly master: MasterKey | undefined; readonly title: string; readonly keyFile: string } => {
  const keyFile = keyFileIn(directory);
  if (masterKey !== undefined) return { master: masterKeyOf(masterKey), title: 'key in MANDATE_MASTER_KEY', keyFile };
  return { master: readMasterKey(keyFile), title: `key ${keyFile}`, keyFile };
};

/** The same as text, for a backup that is asked to have it. */
export const masterKeyText = ({ directory, masterKey }: VaultOptions): string | undefined =>
  masterKey ?? (readMasterKey(keyFileIn(directory)) && readFileSync(keyFileIn(directory), 'utf8').trim());

const agreeOnKey = async (rows: SealedRows, { directory, databaseUrl, masterKey, mustExist }: VaultOptions): Promise<MasterKey> => {
  const sealedWith = await rows.keyId();
  const { master, title, keyFile } = findMasterKey({ directory, masterKey });
  if (sealedWith === undefined) {
    if (mustExist) throw new Error(`${sentence(rows.title)} is empty: no hub has been started over it yet.`);
    if (databaseUrl !== undefined) refuseToLeaveBehind(vaultFileIn(directory));
    // Key first, then its name in the vault, then the first secret: a crash in between leaves nothing that can't be gone on from.
    const fresh = master ?? createMasterKey(keyFile);
    await rows.adoptKey(fresh.id);
    return fresh;
  }
  if (!master) throw new Error(`${sentence(rows.title)} exists but its key ${keyFile} is missing. Restore the key file or set MANDATE_MASTER_KEY; without it the vault can't be opened.`);
  if (master.id !== sealedWith) throw new Error(`The ${title} is not the one that ${rows.title} was sealed with. Restore the right key.`);
  return master;
};

/** An empty vault beside a full one would be a new deployment with the old one's name: its keys and people would be gone. */
const refuseToLeaveBehind = (file: string): void => {
  if (existsSync(file))
    throw new Error(`With DATABASE_URL the vault is in PostgreSQL, and it is empty there, while ${file} has this deployment's keys. Stop the hub and run: npx mandate vault copy`);
};

const sentence = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
