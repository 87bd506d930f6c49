import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';

interface Mark {
  /** Seconds since 1970 when the machine started; set while the database is in use. */
  readonly inUseSince?: number;
}

/**
 * A directory that may be thrown away. PGlite never syncs to the disk: after a crash of the process its files are whole,
 * after a crash of the machine they may not be, and nothing in them would say so. So a directory that was in use when the
 * machine went down is emptied.
 */
export class DisposableDirectory {
  private readonly mark: string;

  constructor(readonly path: string) {
    this.mark = `${path}.json`;
  }

  /** Empties it when it can't be trusted; gives the reason, for the log. */
  prepare(): string | undefined {
    const reason = this.distrust();
    if (reason !== undefined) this.empty();
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    this.write({ inUseSince: bootTime() });
    return reason;
  }

  /** Nothing has been made in it yet. */
  get isNew(): boolean {
    return !existsSync(join(this.path, 'PG_VERSION'));
  }

  empty(): void {
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  released(): void {
    this.write({});
  }

  private distrust(): string | undefined {
    if (this.isNew) return undefined;
    const mark = this.read();
    const restarted = mark?.inUseSince !== undefined && Math.abs(mark.inUseSince - bootTime()) > 60;
    return restarted ? 'the machine was restarted while it was in use' : undefined;
  }

  private read(): Mark | undefined {
    try {
      return JSON.parse(readFileSync(this.mark, 'utf8')) as Mark;
    } catch {
      return undefined;
    }
  }

  private write(mark: Mark): void {
    writeFileSync(this.mark, JSON.stringify(mark), { mode: 0o600 });
  }
}

const bootTime = (): number => Math.round(Date.now() / 1000 - uptime());
