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
  /** As a power cut for the process: what it made durable is there when it is started again. */
  kill(): Promise<void>;
  /** After it was killed: on the same files, at the same address. Resolves when it answers. */
  again(): Promise<void>;
  /** Does nothing and keeps its connections, until it is thawed. */
  freeze(): void;
  thaw(): void;
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
  const launch = () => startLeashed('INT', [join(programs, 'postgres'), '-D', data, ...options], as);
  const url = `postgresql://mandate:${password}@127.0.0.1:${port}/postgres`;
  return serverOf({ url, directory, launch }, async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
  });
};

export const startRedis = async (program = findRedis()): Promise<RealServer> => {
  const directory = directoryFor('redis', {});
  const [port] = await freePorts(1);
  const launch = () => startLeashed('TERM', [program, '--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction']);
  const url = `redis://127.0.0.1:${port}`;
  return serverOf({ url, directory, launch }, async () => {
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

/**
 * EventStoreDB is no package of Debian's: `command` starts one in the foreground, with `{port}` and `{directory}` in the
 * places of what it is to use. The server takes variables that begin like its name for options of its own.
 */
export const startEventStore = async (command: string): Promise<RealServer> => {
  const directory = directoryFor('eventstore', {});
  const [port] = await freePorts(1);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EVENTSTORE_')));
  const filled = command.replaceAll('{port}', String(port)).replaceAll('{directory}', directory);
  const launch = () => startLeashed('TERM', ['sh', '-c', `exec ${filled}`], { env });
  return serverOf({ url: `esdb://127.0.0.1:${port}?tls=false`, directory, launch }, async () => {
    const { ok } = await fetch(`http://127.0.0.1:${port}/health/live`);
    if (!ok) throw new Error('EventStoreDB is not ready');
  });
};

interface Startable {
  readonly url: string;
  readonly directory: string;
  readonly launch: () => LeashedProcess;
}

const serverOf = async ({ url, directory, launch }: Startable, ask: () => Promise<unknown>): Promise<RealServer> => {
  let server = await whenAnswering(launch, ask);
  return {
    url,
    kill: () => server.kill(),
    again: async () => {
      server = await whenAnswering(launch, ask);
    },
    freeze: () => server.signal('SIGSTOP'),
    thaw: () => server.signal('SIGCONT'),
    stop: async () => {
      server.signal('SIGCONT');
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

/** What is left of a server that was killed may be in the way of the next for a moment: it is launched again then. */
const whenAnswering = async (launch: () => LeashedProcess, ask: () => Promise<unknown>): Promise<LeashedProcess> => {
  const until = performance.now() + MILLISECONDS_TO_ANSWER;
  for (let server = launch(); ; server = launch()) {
    try {
      await Promise.race([whenGiven(ask, until), server.ended]); // oxlint-disable-line no-await-in-loop
      return server;
    } catch (error) {
      await server.kill(); // oxlint-disable-line no-await-in-loop
      if (performance.now() > until) throw error;
      await pause(100); // oxlint-disable-line no-await-in-loop
    }
  }
};

const whenGiven = async (ask: () => Promise<unknown>, until: number): Promise<void> => {
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
