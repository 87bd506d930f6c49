import type { Position } from '../kernel/event.js';

/** What a backup holds; the digests are SHA-256 over its lines. */
export interface BackupContent {
  readonly events: number;
  readonly ledgerDigest: string;
  readonly secrets: number;
  readonly vaultDigest: string;
}

/** One backup on its way out. */
export interface Backup {
  /** Place of the last event that is in it. */
  readonly through: Position;
  /** Everything but the end, some lines at a time, in order. The stores serve everybody else meanwhile. */
  lines(): AsyncIterable<readonly string[]>;
  /** After the last line: what they held. */
  content(): BackupContent;
  /** The last line. Without it a backup is none: nobody restores it. */
  end(): string;
}

/** Reads the stores out while they are in use, for a backup from which a deployment can be restored. */
export abstract class Backups {
  /**
   * A backup of this moment. The ledger's end is fixed first and the vault is read after it: whatever the events in it
   * name is then in the vault, and what the vault has more nobody asks for.
   */
  abstract begin(backupId: string): Promise<Backup>;
}
