import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { challengeOf, post } from './support/calls.js';

const ROOT = join(import.meta.dirname, '../../..');

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

describe('the example in the README of the package', () => {
  let folder: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    // Inside the repository, so that the example finds the packages as a user's project would.
    folder = await mkdtemp(join(ROOT, 'dist/test/readme-'));
  });
  afterEach(async () => {
    child?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('runs as it is written, and protects its server', async () => {
    const readme = await readFile(join(ROOT, 'sdk/mcp/README.md'), 'utf8');
    const [, example = ''] = /```js\n(\/\/ server\.mjs\n[^]*?)```/.exec(readme) ?? [];
    const file = join(folder, 'server.mjs');
    await writeFile(file, example);
    const port = await freePort();
    const started = spawn(process.execPath, [file], { env: { ...process.env, NODE_OPTIONS: '', PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] });
    child = started;
    await new Promise<void>((resolve, reject) => {
      started.stdout.once('data', () => resolve());
      started.once('exit', (code) => reject(new Error(`The example ended with ${code}.`)));
    });
    const response = await post(`http://localhost:${port}/mcp`);
    expect(response.status).toBe(401);
    const { resource_metadata: url = '', scope } = challengeOf(response);
    expect(scope).toBe('greetings:send');
    expect(await (await fetch(url)).json()).toMatchObject({ resource: `http://localhost:${port}/mcp` });
  });
});
