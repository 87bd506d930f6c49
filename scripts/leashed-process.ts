import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Who a program runs as, and with which environment; nobody in particular: as this process, and with its own. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: NodeJS.ProcessEnv;
}
export interface LeashedProcess {
  /** Rejects with what it said last when it has ended, asked or not. */
  readonly ended: Promise<never>;
  /** Resolves when it is gone. */
  stop(): Promise<void>;
  /** To the program and what it started in its own group: SIGSTOP freezes it, SIGCONT lets it go on. */
  signal(name: NodeJS.Signals): void;
  /** As a power cut for the process; resolves when it is gone. */
  kill(): Promise<void>;
}

// A shell holds the program on a leash: its standard input ends when we close it and when we die of whatever, kill -9
// included, and then it stops the program.
const LEASH = `signal=$1; shift
exec 3<&0
"$@" </dev/null 3<&- & program=$!
{ read _ <&3; kill -$signal $program; } & leash=$!
wait $program
status=$?
kill $leash 2>/dev/null
exit $status`;
const LAST_WORDS = 2_000;

/** Starts a program that does not outlive this process; `signal` (INT, TERM) is how it is asked to end. */
export const startLeashed = (signal: string, command: readonly [program: string, ...args: string[]], as: RunAs = {}): LeashedProcess => {
  // In a session of its own: the Ctrl-C of a terminal is for us, and the program ends when we are done.
  const shell = spawn('sh', ['-c', LEASH, 'sh', signal, ...command], { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/', detached: true, ...as });
  let said = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-LAST_WORDS)));
  const gone = once(shell, 'close');
  const ended = gone.then((): never => {
    throw new Error(`${command[0]} has ended. It said last:\n${said}`);
  });
  // Only who waits for its beginning wants to hear of its end.
  ended.catch(() => undefined);
  const stop = async (): Promise<void> => {
    shell.stdin.end();
    await gone;
  };
  // The shell leads a group of its own, the program is in it.
  const send = (name: NodeJS.Signals): void => {
    if (shell.exitCode === null && shell.signalCode === null) process.kill(-shell.pid!, name);
  };
  const kill = async (): Promise<void> => {
    send('SIGKILL');
    await gone;
  };
  return { ended, stop, signal: send, kill };
};
