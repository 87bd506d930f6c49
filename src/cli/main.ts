import { boundHeaps } from '../platform/heap-bounds.js';
import { runCommand } from './run-command.js';

// What reads a whole ledger leaves much behind, and runs beside the hub, or where the hub has to start again soon.
boundHeaps();

// Somebody closed the other end of the pipe (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  problem: (line) => void process.stderr.write(`${line}\n`),
  screen: process.stderr.isTTY ? (text) => void process.stderr.write(text) : undefined,
});
