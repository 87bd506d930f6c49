import type { Table } from '../table.js';

/** A row as it stands in its table, with the place of the last event that changed it. */
export type StandingRow = Record<string, unknown> & { applied?: string | undefined };

const MOST_ROWS = 8_192;

/**
 * Rows as the last commit left them: what changes all the time need not be read each time. Whoever feeds a build is alone
 * in writing its rows, so they are true until a transaction fails or somebody else takes over; then they are forgotten.
 */
export class KnownRows {
  private readonly tables = new Map<Table, Map<string, StandingRow>>();

  of(table: Table): Map<string, StandingRow> {
    let rows = this.tables.get(table);
    if (!rows) this.tables.set(table, (rows = new Map()));
    // All at once: taking the oldest from the front of a Map leaves holes that each next look for it walks over.
    if (rows.size > MOST_ROWS) rows.clear();
    return rows;
  }

  forget(): void {
    this.tables.clear();
  }
}
