import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const MILLISECONDS_TO_STOP = 15_000;

export interface NodeProcess {
  readonly url: string;
  /** Everything it has printed. */
  readonly printed: () => string;
  /** As an orchestrator stops it; gives the exit code. */
  stop(): Promise<number | null>;
  /** The same with another signal than SIGTERM. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}
/** The boot ended before it was finished. */
export class NodeDidNotStart extends Error {
  override readonly name = 'NodeDidNotStart';
}

/**
 * Mandate as a process of its own, in the environment that is given and no other; resolves when it has greeted.
 * Rejects with NodeDidNotStart and what it said when it gives up.
 */
export const startNode = async (args: readonly string[], environment: Readonly<Record<string, string>>): Promise<NodeProcess> => {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  await new Promise<void>((greeted, gaveUp) => {
    const hear = (chunk: Buffer): void => {
      printed += chunk.toString();
      if (/Mandate(?:'s worker)? is running\./.test(printed)) greeted();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    // When its output has ended, all of it is here.
    child.once('close', () => gaveUp(new NodeDidNotStart(printed)));
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const last = setTimeout(() => child.kill('SIGKILL'), MILLISECONDS_TO_STOP);
    const code = await exited;
    clearTimeout(last);
    return code;
  };
  return { url: `http://127.0.0.1:${environment['PORT']}`, printed: () => printed, end, stop: () => end('SIGTERM') };
};
