import type { DataSource } from 'typeorm';

/** The read models can't be asked now: their database is opening, down, or being built anew. Whoever waits gets 503. */
export class ReadModelUnavailable extends Error {
  override readonly name = 'ReadModelUnavailable';
}

export interface ReadDatabaseStatus {
  readonly kind: 'pglite' | 'postgresql';
  readonly state: 'closed' | 'opening' | 'ready' | 'failed';
  /** Why it is not ready; nothing secret. */
  readonly problem?: string;
}

/** What each connection of it can do besides statements. */
export interface CopyingConnection {
  /** COPY … FROM STDIN. The rows are in COPY's text format. Rejects as a statement does. */
  copyRows(statement: string, rows: string): Promise<void>;
}

/**
 * Where read models live. Disposable: whatever it holds can be built again from the ledger, and it is when it is damaged.
 */
export abstract class ReadDatabase {
  /**
   * Opens it, in the background of everything else: tokens are issued without it. Repeats what fails until `close()`;
   * resolves when it answers, or when it was closed meanwhile.
   */
  abstract open(): Promise<void>;
  /** Waits for the opening, but not for long; then rejects with ReadModelUnavailable. */
  abstract dataSource(): Promise<DataSource>;
  abstract status(): ReadDatabaseStatus;
  abstract close(): Promise<void>;
}
