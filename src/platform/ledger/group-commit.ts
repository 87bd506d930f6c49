import { setImmediate } from 'node:timers';
import type { NewEvent } from '../../domain/kernel/event.js';
import { type Appended, LedgerUnavailable, WrongExpectedRevision } from '../../domain/ports/ledger.js';
import { sequencePosition } from './sequence.js';
import { type AppendRequest, CONFLICT, type CommitReply, packAppends } from './sqlite-messages.js';

export interface WaitingAppend extends AppendRequest {
  readonly events: readonly NewEvent[];
  readonly characters: number;
  resolve(appended: Appended): void;
  reject(error: Error): void;
}

export interface CommitStatistics {
  readonly commits: number;
  readonly appends: number;
}

/** Beyond either the disk is hopelessly behind, and waiting longer helps nobody. */
const MOST_WAITING = 50_000;
const MOST_WAITING_CHARACTERS = 256 * 1_048_576;
/** One transaction holds no more than this, so that nobody waits for a giant. */
const MOST_PER_COMMIT = 2_048;
const MOST_CHARACTERS_PER_COMMIT = 8 * 1_048_576;

/**
 * Turns of the event loop between a commit and the next: in the first the answers go out, and in those after it the requests
 * that they brought are gathered and dealt with (`takeTogether` in src/api/http), and those are in the commit too. Without them
 * callers fall into two halves that take turns with the disk, and each commit has half as many to share its cost among.
 */
const TURNS_BETWEEN = 8;

/**
 * Appends that arrive while a commit is in flight go together into the next one. No timer: an idle disk begins with
 * whatever the present turn of the event loop brought, a busy one with all that came meanwhile, and with what that
 * commit's callers ask for next.
 */
export class GroupCommit {
  private waiting: WaitingAppend[] = [];
  private waitingCharacters = 0;
  private committing = false;
  private scheduled = false;
  private idle: (() => void)[] = [];
  readonly statistics = { commits: 0, appends: 0 };

  constructor(
    private readonly commit: (appends: ReturnType<typeof packAppends>) => Promise<CommitReply>,
    /** Called in the ledger's order, before the callers hear of it. */
    private readonly committed: (batch: readonly WaitingAppend[], reply: CommitReply) => void,
  ) {}

  add({ stream, expected, events, encoded, characters }: Omit<WaitingAppend, 'resolve' | 'reject'>): Promise<Appended> {
    if (this.waiting.length >= MOST_WAITING || this.waitingCharacters > MOST_WAITING_CHARACTERS)
      return Promise.reject(new LedgerUnavailable('too many appends wait for the disk'));
    return new Promise((resolve, reject) => {
      // Member by member: spreading an object of this size costs many times as much.
      this.waiting.push({ stream, expected, events, encoded, characters, resolve, reject });
      this.waitingCharacters += characters;
      this.schedule();
    });
  }

  /** Resolves when nothing waits and nothing is in flight. */
  async drained(): Promise<void> {
    if (this.committing || this.waiting.length > 0) await new Promise<void>((resolve) => void this.idle.push(resolve));
  }

  private schedule(turns = 1): void {
    if (this.committing || this.scheduled) return;
    this.scheduled = true;
    this.commitAfter(turns);
  }

  private commitAfter(turns: number): void {
    setImmediate(() => {
      if (turns > 1) return this.commitAfter(turns - 1);
      this.scheduled = false;
      void this.commitNext();
    });
  }

  private async commitNext(): Promise<void> {
    const batch = this.takeBatch();
    this.committing = true;
    this.statistics.commits += 1;
    this.statistics.appends += batch.length;
    let reply: CommitReply | Error;
    try {
      reply = await this.commit(packAppends(batch));
    } catch (error) {
      reply = error as Error;
    }
    this.committing = false;
    if (this.waiting.length > 0) this.schedule(TURNS_BETWEEN);
    if (reply instanceof Error) for (const { reject } of batch) reject(asUnavailable(reply));
    else this.answer(batch, reply);
    if (this.waiting.length === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  private answer(batch: readonly WaitingAppend[], reply: CommitReply): void {
    this.committed(batch, reply);
    const { outcomes } = reply;
    batch.forEach(({ stream, expected, resolve, reject }, n) => {
      const revision = outcomes[n * 3 + 1]!;
      if (outcomes[n * 3] === CONFLICT) reject(new WrongExpectedRevision(stream, expected, revision < 0 ? 'none' : revision));
      else resolve({ revision, position: sequencePosition(outcomes[n * 3 + 2]!) });
    });
  }

  private takeBatch(): readonly WaitingAppend[] {
    let count = 0;
    for (let characters = 0; count < Math.min(this.waiting.length, MOST_PER_COMMIT) && characters < MOST_CHARACTERS_PER_COMMIT; count += 1)
      characters += this.waiting[count]!.characters;
    const batch = this.waiting.splice(0, count);
    for (const { characters } of batch) this.waitingCharacters -= characters;
    return batch;
  }
}

const asUnavailable = (error: Error): LedgerUnavailable =>
  error instanceof LedgerUnavailable ? error : new LedgerUnavailable(error.message, { cause: error });
