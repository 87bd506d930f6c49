import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { findPostgres, findRedis } from '../../scripts/debian-packages.js';
import { startLeashed } from '../../scripts/leashed-process.js';
import { startPostgres, startRedis } from '../../scripts/real-servers.js';

const isInstalled = (find: () => string): boolean => {
  try {
    return existsSync(find());
  } catch {
    return false;
  }
};
const LEASHED = new URL('../../scripts/leashed-process.js', import.meta.url).href;

describe('servers that tests start for themselves', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-packages-'));
    for (const place of ['postgresql/9/bin', 'postgresql/15/bin', 'bin']) mkdirSync(join(directory, place), { recursive: true });
    for (const file of ['postgresql/9/bin/initdb', 'postgresql/15/bin/initdb', 'bin/initdb', 'bin/redis-server']) writeFileSync(join(directory, file), '');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('are found where Debian has them, the newest first, or on the path', () => {
    expect(findPostgres(join(directory, 'postgresql'), '')).toBe(join(directory, 'postgresql/15/bin'));
    expect(findPostgres(join(directory, 'nothing'), `/nowhere:${directory}/bin`)).toBe(join(directory, 'bin'));
    expect(findRedis(`/nowhere:${directory}/bin`)).toBe(join(directory, 'bin/redis-server'));
  });

  it('are asked for by the name of their package when they are missing', () => {
    expect(() => findPostgres('/nowhere', '/nowhere')).toThrow('apt-get install postgresql');
    expect(() => findRedis('/nowhere')).toThrow('apt-get install redis-server');
  });

  it('end when they are asked to, and say why when they end by themselves', async () => {
    await startLeashed('TERM', ['sleep', '600']).stop();
    await expect(startLeashed('TERM', ['sh', '-c', 'echo no room left; exit 3']).ended).rejects.toThrow(/sh has ended\. It said last:\nno room left/);
  });

  it('end with whoever has started them, even when that is killed', async () => {
    const here = createServer().listen(0, '127.0.0.1');
    await once(here, 'listening');
    const holdsOn = `require('node:net').connect(${(here.address() as AddressInfo).port}, '127.0.0.1').on('error', () => process.exit())`;
    const script = `import { startLeashed } from ${JSON.stringify(LEASHED)};
      startLeashed('TERM', [process.execPath, '-e', ${JSON.stringify(holdsOn)}]);
      setInterval(() => undefined, 1000);`;
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    const [program] = (await once(here, 'connection')) as [Socket];
    const gone = once(program.resume(), 'close');
    starter.kill('SIGKILL');
    await gone;
    here.close();
  });

  (isInstalled(findRedis) ? it : it.skip)('(needs the package redis-server) Redis answers, and is gone afterwards', async () => {
    const server = await startRedis();
    const client = new Redis(server.url, { retryStrategy: () => null });
    client.on('error', () => undefined);
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
    await server.stop();
    await expect(new Redis(server.url, { lazyConnect: true, retryStrategy: () => null }).on('error', () => undefined).connect()).rejects.toThrow();
  });

  (isInstalled(findPostgres) ? it : it.skip)('(needs the package postgresql) PostgreSQL answers, also when root starts it, and is gone afterwards', async () => {
    const server = await startPostgres();
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    expect((await client.query('SELECT current_setting(\'fsync\') AS fsync')).rows).toEqual([{ fsync: 'on' }]);
    // One that is asked to end while somebody is connected ends too.
    await server.stop();
    await expect(new pg.Client({ connectionString: server.url }).connect()).rejects.toThrow(/ECONNREFUSED/);
    await client.end().catch(() => undefined);
  }, 60_000);
});
