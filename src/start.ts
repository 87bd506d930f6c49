import { pino } from 'pino';
import { firstPasswordTold } from './commands/users/first-password.js';
import type { Config } from './platform/config.js';
import { loggedError } from './logged-error.js';
import { openParts } from './platform/open-parts.js';
import { startHub } from './start-hub.js';
import { startWorker } from './start-worker.js';

export interface RunningMandate {
  readonly greeting: string;
  readonly url: string;
  /** To be called when somebody has read the greeting: a password in it is never shown again. */
  greeted(): Promise<void>;
  stop(): Promise<void>;
  /** Writes into the log what nobody has caught. The process has to end then: nobody knows what else it has left undone. */
  died(error: unknown): void;
}

/** Opens the stores and starts what the role says over them. Rejects with a sentence, and leaves nothing open then. */
export const startMandate = async (config: Config): Promise<RunningMandate> => {
  const log = pino({ level: config.log, serializers: { err: (error: unknown) => loggedError(error) } });
  const parts = await openParts(config, (problem) => log.warn(problem));
  const closing: (() => Promise<unknown>)[] = [() => parts.close()];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close().catch((error: unknown) => log.error(error));
  };
  try {
    const start = config.role === 'worker' ? startWorker : startHub;
    const greeting = await start({ config, parts, log, closing });
    const greeted = async (): Promise<void> => (config.role === 'worker' ? undefined : firstPasswordTold(parts.vault.secrets));
    const died = (error: unknown): void => log.fatal({ err: error }, 'the process ends: nobody has caught this');
    return { url: config.publicUrl, stop, greeting, greeted, died };
  } catch (error) {
    await stop();
    throw error;
  }
};
