import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PackageMissing, findPostgres, findRedis } from './debian-packages.js';
import { type RealServer, startEventStore, startPostgres, startRedis } from './real-servers.js';

// `npm run test:real [-- paths]`: the suite with nothing skipped, over servers that are started for it from Debian's packages
// and are gone afterwards. A server that is named in the environment is used as it is.
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const started: RealServer[] = [];

const given = (name: string): string | undefined => (process.env[name] === '' ? undefined : process.env[name]);
const use = async (name: string, start: () => Promise<RealServer>): Promise<string> => {
  const named = given(name);
  if (named !== undefined) return named;
  const server = await start();
  started.push(server);
  console.log(`${name}: started for these tests at ${new URL(server.url).host}`);
  return server.url;
};

const runSuite = async (stores: Readonly<Record<string, string>>): Promise<number> => {
  const jest = ['--enable-source-maps', 'node_modules/jest/bin/jest.js', ...process.argv.slice(2)];
  const suite = spawn(process.execPath, jest, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...stores } });
  // A signal of the terminal reaches the suite by itself; whoever asks only us to end means it too.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => suite.kill(signal));
  return new Promise((resolve) => suite.once('close', (code) => resolve(code ?? 1)));
};

const run = async (): Promise<number> => {
  // Both before anything is started: who has to install something learns of all of it.
  const [postgres, redis] = [given('DATABASE_URL') ?? findPostgres(), given('REDIS_URL') ?? findRedis()];
  const stores = { DATABASE_URL: await use('DATABASE_URL', () => startPostgres(postgres)), REDIS_URL: await use('REDIS_URL', () => startRedis(redis)) };
  const eventStore = given('EVENTSTORE_COMMAND');
  if (eventStore !== undefined) return runSuite({ ...stores, EVENTSTORE_URL: await use('EVENTSTORE_URL', () => startEventStore(eventStore)) });
  if (given('EVENTSTORE_URL') === undefined)
    console.log('EVENTSTORE_URL is not set: what needs EventStoreDB is skipped. Its server is no package of Debian\'s; docker compose up -d eventstore starts one.');
  console.log('EVENTSTORE_COMMAND is not set: no EventStoreDB is killed. It starts one in the foreground, with {port} and {directory} in the places of what it is to use.');
  return runSuite(stores);
};

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof PackageMissing)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await Promise.all(started.map((server) => server.stop()));
}
