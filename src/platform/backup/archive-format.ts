import type { BackupContent } from '../../domain/ports/backups.js';
import type { SealedRow } from '../vault/sealed-rows.js';

/*
 * A backup is lines of JSON, one thing a line: what it is, then perhaps the master key, the vault's sealed rows, the
 * ledger's events, and in the end what there should have been. As a file it is compressed (RFC 1952).
 */
export const ARCHIVE_FORMAT = 1;

export interface ArchiveHead {
  readonly mandate: 'backup';
  readonly format: number;
  readonly backupId: string;
  /** Version of the hub that wrote it. */
  readonly hub: string;
  /** ISO 8601. */
  readonly takenAt: string;
  /** Place of the last event. */
  readonly through: string;
  /** Names the master key that sealed the vault. */
  readonly vaultKey: string;
}

export interface ArchiveEnd {
  readonly end: BackupContent;
}

export const headLine = (head: ArchiveHead): string => JSON.stringify(head);
export const endLine = (end: BackupContent): string => JSON.stringify({ end } satisfies ArchiveEnd);
export const masterKeyLine = (masterKey: string): string => JSON.stringify({ masterKey });
/** `line`: the event as `lineOf` has it. */
export const eventLine = (line: string): string => `{"event":${line}}`;
export const secretLine = (secret: string): string => `{"secret":${secret}}`;

/** A sealed row as JSON. */
export const secretOf = ({ nonce, sealed, tenant, kind, name, keyId, expiresAt }: SealedRow): string =>
  JSON.stringify({ tenant, kind, name, keyId, expiresAt, nonce: base64url(nonce), sealed: base64url(sealed) });

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
