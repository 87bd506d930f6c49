import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { VaultPlace } from '../../domain/ports/credential-vault.js';
import type { KeyBinding, WrappedKey } from '../../domain/ports/key-provider.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const DATA_KEY_BYTES = 32;

/** Of the rows that envelopes stand in. */
export const CREDENTIAL = 'credential';

/** A secret and the wrapped key that opens it, as they stand in one row. */
export interface Envelope {
  readonly key: WrappedKey;
  /** What the row's name does not say of the place; empty in the oldest ones. Not believed: it only opens where it was put, and whoever opens it says where. */
  readonly connectionId: string;
  readonly sealed: Uint8Array;
}

export const bindingOf = ({ tenant, connectionId, credentialId, secretId, part }: VaultPlace): KeyBinding =>
  ({ tenant, connection: connectionId, credential: credentialId, version: secretId, part });

// JSON, so that no id can imitate a separator; with a name of its own, so that this tag fits nothing else.
const associatedData = (place: VaultPlace): Buffer =>
  Buffer.from(JSON.stringify(['mandate.credential.v1', place.tenant, place.connectionId, place.credentialId, place.secretId, place.part]));

export const seal = (place: VaultPlace, dataKey: Uint8Array, secret: string): Uint8Array => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce).setAAD(associatedData(place));
  return Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
};

/** Throws when key, place or any bit is another one. */
export const open = (place: VaultPlace, dataKey: Uint8Array, sealed: Uint8Array): string => {
  const bytes = Buffer.from(sealed);
  const decipher = createDecipheriv('aes-256-gcm', dataKey, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(associatedData(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
};

export const nameOf = ({ credentialId, secretId, part }: VaultPlace): string => `${credentialId}.${secretId}.${part}`;
export const credentialNamed = (name: string): string => name.split('.')[0] ?? '';
export const placeNamed = (tenant: string, name: string, connectionId: string): VaultPlace => {
  const [credentialId = '', secretId = '', part = ''] = name.split('.');
  return { tenant, connectionId, credentialId, secretId, part: part as VaultPlace['part'] };
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export const encode = ({ key: { keyId, wrapped }, connectionId, sealed }: Envelope): Uint8Array =>
  Buffer.from(JSON.stringify({ v: 1, keyId, connection: connectionId, wrapped: base64(wrapped), sealed: base64(sealed) }));

/** Throws when it is none. */
export const decode = (bytes: Uint8Array): Envelope => {
  const { v, keyId, connection = '', wrapped, sealed } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  if (v !== 1 || typeof keyId !== 'string' || typeof connection !== 'string' || typeof wrapped !== 'string' || typeof sealed !== 'string') throw new Error('this is no envelope');
  return { key: { keyId, wrapped: Buffer.from(wrapped, 'base64') }, connectionId: connection, sealed: Buffer.from(sealed, 'base64') };
};
