import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePorts } from '../test/support/free-ports.js';
import { findPostgres, findRedis } from './debian-packages.js';
import { type LeashedProcess, type RunAs, startLeashed } from './leashed-process.js';

/** A server of our own on loopback, empty. */
export interface RealServer {
  readonly url: string;
  /** It is gone then, and what it wrote too. */
  stop(): Promise<void>;
}

const MILLISECONDS_TO_ANSWER = 60_000;

/** PostgreSQL refuses to run as root: then it runs as the user that its package has made. */
const unprivileged = (): RunAs => {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
};

const directoryFor = (name: string, { uid, gid }: RunAs): string => {
  const directory = mkdtempSync(join(tmpdir(), `mandate-${name}-`));
  chmodSync(directory, 0o700);
  if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid);
  return directory;
};

export const startPostgres = async (programs = findPostgres()): Promise<RealServer> => {
  const as = unprivileged();
  const directory = directoryFor('postgres', as);
  const [port] = await freePorts(1);
  const password = randomBytes(16).toString('hex');
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, password);
  if (as.uid !== undefined) chownSync(passwordFile, as.uid, as.gid!);
  const data = join(directory, 'data');
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'mandate', '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', '--locale=C.UTF-8'], { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], ...as });
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', max_connections: 200 };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = startLeashed('INT', [join(programs, 'postgres'), '-D', data, ...options], as);
  const url = `postgresql://mandate:${password}@127.0.0.1:${port}/postgres`;
  return whenAnswering(server, { url, directory }, async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
  });
};

export const startRedis = async (program = findRedis()): Promise<RealServer> => {
  const directory = directoryFor('redis', {});
  const [port] = await freePorts(1);
  const server = startLeashed('TERM', [program, '--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction']);
  const url = `redis://127.0.0.1:${port}`;
  return whenAnswering(server, { url, directory }, async () => {
    const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  });
};

const whenAnswering = async (server: LeashedProcess, { url, directory }: { url: string; directory: string }, ask: () => Promise<unknown>): Promise<RealServer> => {
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  const until = performance.now() + MILLISECONDS_TO_ANSWER;
  const answer = async (): Promise<void> => {
    for (;;) {
      try {
        await ask(); // oxlint-disable-line no-await-in-loop
        return;
      } catch (error) {
        if (performance.now() > until) throw error;
        await pause(100); // oxlint-disable-line no-await-in-loop
      }
    }
  };
  try {
    await Promise.race([answer(), server.ended]);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
