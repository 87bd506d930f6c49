import { setTimeout as pause } from 'node:timers/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { ReadDatabase, ReadModelUnavailable, type ReadDatabaseStatus } from '../../projections/read-database.js';
import { within } from '../patience.js';

/** An engine that has been started. */
export interface Engine {
  readonly options: DataSourceOptions;
  /** Begins to use what is there now; called with the error that ends it. */
  onLost?(lost: (error: Error) => void): void;
  close(): Promise<void>;
}
export interface EngineKind {
  readonly kind: ReadDatabaseStatus['kind'];
  start(): Promise<Engine>;
}

/** Milliseconds. */
const PATIENCE = 2_000;
const LONGEST_PAUSE = 15_000;

/** Opens in the background and opens again what was lost; whoever asks meanwhile waits a little and is then told. */
export class TypeormReadDatabase extends ReadDatabase {
  private state: ReadDatabaseStatus['state'] = 'closed';
  private problem: string | undefined;
  private source: DataSource | undefined;
  private engine: Engine | undefined;
  private opening: Promise<void> | undefined;
  private readonly closing = new AbortController();

  constructor(private readonly how: EngineKind, private readonly report: (problem: string) => void = () => undefined) {
    super();
  }

  override open(): Promise<void> {
    this.opening ??= this.keepTrying().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  override async dataSource(): Promise<DataSource> {
    if (this.source) return this.source;
    const opening = this.opening;
    if (opening) await within(PATIENCE, opening).catch(() => undefined);
    if (this.source) return this.source;
    throw new ReadModelUnavailable(this.problem ?? `the read-model database is ${this.state}`);
  }

  override status(): ReadDatabaseStatus {
    return { kind: this.how.kind, state: this.state, ...(this.problem === undefined ? {} : { problem: this.problem }) };
  }

  override async close(): Promise<void> {
    this.closing.abort();
    await this.opening;
    await this.letGo();
    this.state = 'closed';
  }

  private async keepTrying(): Promise<void> {
    for (let attempt = 0; !this.isClosed && !this.source; attempt += 1) {
      this.state = 'opening';
      try {
        // oxlint-disable-next-line no-await-in-loop
        await this.start();
        return;
      } catch (error) {
        this.state = 'failed';
        this.problem = `the read-model database can't be opened: ${(error as Error).message.split('\n')[0]}`;
        this.report(this.problem);
        // oxlint-disable-next-line no-await-in-loop
        await pause(Math.min(250 * 2 ** attempt, LONGEST_PAUSE), undefined, { signal: this.closing.signal }).catch(() => undefined);
      }
    }
  }

  private async start(): Promise<void> {
    const engine = await this.how.start();
    this.engine = engine;
    const source = new DataSource(engine.options);
    try {
      await source.initialize();
    } catch (error) {
      await engine.close();
      this.engine = undefined;
      throw error;
    }
    engine.onLost?.(() => void this.letGo().then(() => (this.isClosed ? undefined : this.open())));
    this.source = source;
    this.problem = undefined;
    this.state = 'ready';
  }

  private async letGo(): Promise<void> {
    const { source, engine } = this;
    this.source = undefined;
    this.engine = undefined;
    await source?.destroy().catch(() => undefined);
    await engine?.close().catch(() => undefined);
  }

  private get isClosed(): boolean {
    return this.closing.signal.aborted;
  }
}
