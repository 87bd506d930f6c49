import { EventEmitter } from 'node:events';
import type { CopyingConnection } from '../../projections/read-database.js';
import { parameterText } from './parameter-text.js';
import type { PgliteResult } from './pglite-messages.js';
import type { PgliteThread } from './pglite-thread.js';
import type { SessionTurns } from './session-turns.js';
import { endsTransaction, listenedChannel, opensTransaction } from './sql-text.js';

/** The part of pg's result that its users here read. */
export interface QueryResult {
  readonly rows: unknown[];
  readonly rowCount: number;
  readonly fields: PgliteResult['fields'];
  readonly command: string;
}
type Statement = string | { readonly text: string; readonly values?: readonly unknown[] };

const asPg = ({ rows, fields, affected }: PgliteResult, command: string): QueryResult => {
  const bytes = fields.filter(({ dataTypeID }) => dataTypeID === 17);
  // A Buffer that crosses between threads arrives as a plain Uint8Array.
  for (const row of bytes.length === 0 ? [] : rows)
    for (const { name } of bytes) if (row[name] instanceof Uint8Array) row[name] = Buffer.from(row[name]);
  return { rows: [...rows], rowCount: affected, fields, command };
};

/**
 * Looks like a pg client, on the one session that PGlite has. A client owns the session from BEGIN to COMMIT or ROLLBACK,
 * else for one statement, so transactions never interleave. SET and advisory locks are shared by all.
 */
export class PgliteClient extends EventEmitter implements CopyingConnection {
  private giveBack: (() => void) | undefined;
  private readonly channels = new Set<string>();
  private readonly hear = (channel: string, payload: string): void => {
    if (this.channels.has(channel)) this.emit('notification', { channel, payload, processId: 0 });
  };

  constructor(private readonly thread: PgliteThread, private readonly turns: SessionTurns) {
    super();
    this.setMaxListeners(0);
    thread.on('notification', this.hear);
  }

  async query(statement: Statement, values?: readonly unknown[]): Promise<QueryResult> {
    const text = typeof statement === 'string' ? statement : statement.text;
    const parameters = typeof statement === 'string' ? values : (statement.values ?? values);
    return this.inTurn(text, () => this.run(text, parameters));
  }

  async copyRows(statement: string, rows: string): Promise<void> {
    await this.inTurn(statement, () => this.thread.copy(statement, rows));
  }

  /** Ends what the client left open, so that the next one starts on a clean session. */
  async reset(): Promise<void> {
    this.thread.off('notification', this.hear);
    if (this.giveBack) await this.query('ROLLBACK').catch(() => undefined);
  }

  private async inTurn<T>(text: string, work: () => Promise<T>): Promise<T> {
    const owned = this.giveBack;
    const giveBack = owned ?? (await this.turns.take());
    let keep = owned !== undefined;
    try {
      const result = await work();
      if (opensTransaction(text)) keep = true;
      return result;
    } finally {
      if (endsTransaction(text)) keep = false;
      this.giveBack = keep ? giveBack : undefined;
      if (!keep) giveBack();
    }
  }

  private async run(text: string, values: readonly unknown[] | undefined): Promise<QueryResult> {
    const channel = listenedChannel(text);
    if (channel !== undefined) {
      this.channels.add(channel);
      await this.thread.ask('listen', channel);
      return { rows: [], rowCount: 0, fields: [], command: 'LISTEN' };
    }
    const command = /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? '';
    const results = values === undefined || values.length === 0
      ? await this.thread.ask('script', text)
      : await this.thread.ask('query', text, values.map(parameterText));
    const all = results.map((result) => asPg(result, command));
    // As pg does: one statement gives a result, several give a list.
    return all.length === 1 ? all[0]! : (all as unknown as QueryResult);
  }
}
