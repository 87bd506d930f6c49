import { hkdfSync, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from '../durable.js';

const KEY_BYTES = 32;
/** 32 bytes in base64url. */
export const IS_KEY = /^[\w-]{43}$/;
/** Of 32 random bytes about 30 are different; of a word, an example or zeros far fewer (KM-07). */
export const looksRandom = (text: string): boolean => new Set(Buffer.from(text, 'base64url')).size >= 20;

/**
 * The deployment's root secret. It encrypts nothing itself: every use has a key of its own (HKDF-SHA256, RFC 5869), so
 * no use can be played against another.
 */
export class MasterKey {
  readonly #bytes: Buffer;
  /** Names the key without revealing it; stands in every row that it seals. */
  readonly id: string;

  constructor(bytes: Buffer) {
    if (bytes.length !== KEY_BYTES) throw new Error(`the master key must have ${KEY_BYTES} bytes, not ${bytes.length}`);
    this.#bytes = bytes;
    this.id = this.derive('key-id').toString('base64url').slice(0, 16);
  }

  /** 32 bytes for one use. Different purposes give unrelated keys. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#bytes, 'mandate.v1', purpose, KEY_BYTES));
  }
}

/** Undefined when there is no such file. Refuses a file that others on the machine may read, or that holds no key. */
export const readMasterKey = (file: string): MasterKey | undefined => {
  let text: string;
  try {
    const { mode } = statSync(file);
    // Windows has no such bits; there the directory's access list guards the file.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Error(`The key file ${file} can be read by other users (mode ${(mode & 0o777).toString(8)}). Run: chmod 600 ${file}`);
    }
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (!IS_KEY.test(text)) {
    throw new Error(`The key file ${file} holds no key: it must be 32 bytes in base64url. Restore it from your backup.`);
  }
  return new MasterKey(Buffer.from(text, 'base64url'));
};

/** From the configuration, where its form was checked. */
export const masterKeyOf = (text: string): MasterKey => new MasterKey(Buffer.from(text, 'base64url'));

/**
 * Makes a new key file, readable by its owner alone. The file appears whole or not at all, also after a crash, and an
 * existing one is never overwritten (EEXIST).
 */
export const createMasterKey = (file: string): MasterKey => {
  const directory = dirname(file);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const bytes = randomBytes(KEY_BYTES);
  const draft = `${file}.${randomBytes(6).toString('hex')}.new`;
  const handle = openSync(draft, 'wx', 0o600);
  try {
    writeSync(handle, `${bytes.toString('base64url')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(draft, file);
  } finally {
    unlinkSync(draft);
  }
  syncDirectory(directory);
  return new MasterKey(bytes);
};
