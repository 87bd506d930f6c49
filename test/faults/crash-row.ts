import type { JsonAnswer } from '../support/hub-over-http.js';
import type { Hold, Job } from '../support/hub-process/messages.js';
import type { CrashWorld } from './crash-world.js';

/** What a client did and what it then saw, in a few words: a status, and the error if there is one. */
export type Attempt = () => Promise<string>;

/** One use of a command, its objects made: a single request, and what the client does when that was never answered. */
export interface Prepared {
  readonly act: Attempt;
  /** The same request when left out. */
  readonly again?: Attempt;
}

/** How one command dies. */
export interface CrashRow {
  /** How often one use that goes well appends. Each is a place to die at, before it and after it. None: it dies when it has answered. */
  readonly appends: number;
  /** One of these that is stopped stands in the way of the next, in the queue of the stream that both write to. */
  readonly queue?: 'policy' | 'tenant' | 'key' | 'deployment' | 'idp' | 'trust' | 'vault';
  readonly prepare: (world: CrashWorld) => Promise<Prepared | Attempt>;
  /**
   * What the client sees when it tries again after `durable` of the appends are on the disk, or after it was answered. `when` is
   * for what happens elsewhere in between: right after the last of them nothing has yet, before the next one all has.
   */
  readonly sees: (durable: number | 'answered', when?: Hold['when']) => string;
}

/** The status and, of a refusal, its word. */
export const said = ({ status, body }: JsonAnswer): string => {
  const word = body['error'] ?? body['code'];
  return status < 400 || word === undefined ? String(status) : `${status} ${String(word)}`;
};

export const always = (word: string) => () => word;

/** Does what a worker is woken for; gives what the stream has then, from the first event of the type `since` on. */
export const work = (world: CrashWorld, job: Job, stream: string, since: string) => async (): Promise<string> => {
  await world.hub.ask({ kind: 'job', job });
  const told = (await world.hub.ask({ kind: 'types', stream })).join(', ');
  return told.slice(told.indexOf(since));
};
