import { runCommand } from './run-command.js';

// Somebody closed the other end of the pipe (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  problem: (line) => void process.stderr.write(`${line}\n`),
  screen: process.stderr.isTTY ? (text) => void process.stderr.write(text) : undefined,
});
