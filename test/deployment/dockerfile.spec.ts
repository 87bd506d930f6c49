import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../architecture/repository.js';

const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const instructions = text.replace(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, '').split('\n').filter((line) => line !== '')
  .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);
const all = (name: string, of = instructions): readonly string[] => of.filter(([word]) => word === name).map(([, rest]) => rest);
const image = instructions.slice(instructions.findLastIndex(([word]) => word === 'FROM'));
const listIn = (rest: string): string[] => JSON.parse(rest.slice(rest.indexOf('['))) as string[];

describe('Dockerfile', () => {
  it('leaves behind what only building needs', () => {
    expect(all('FROM')).toHaveLength(2);
    expect(all('RUN', image).join()).not.toMatch(/npm|tsc/);
    expect(all('RUN').join()).toContain('npm prune --omit=dev');
  });

  it('runs as nobody in particular, over files that belong to somebody else', () => {
    const [user] = all('USER', image);
    expect(user).toBe('node');
    expect(all('COPY', image).join()).not.toContain('--chown');
    expect(image.findLastIndex(([word]) => ['RUN', 'COPY'].includes(word))).toBeLessThan(image.findIndex(([word]) => word === 'USER'));
  });

  it('holds no secret, and fetches nothing that is not named here', () => {
    expect(all('ADD')).toEqual([]);
    for (const line of [...all('ENV'), ...all('ARG')]) expect(line).not.toMatch(/KEY|PASSWORD|SECRET|TOKEN|_URL/);
    expect(all('ENV', image)).toEqual(['NODE_ENV=production HOST=0.0.0.0 MANDATE_DATA=/data', 'MALLOC_TRIM_THRESHOLD_=131072']);
  });

  it('copies what is there, and its builder sees nothing else', () => {
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(ignored[0]).toBe('*');
    const seen = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = all('COPY').filter((line) => !line.startsWith('--from')).flatMap((line) => line.split(' ').slice(0, -1));
    for (const path of copied) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
      expect(seen).toContain(path.replace(/^\.\//, '').split('/')[0]);
    }
    for (const path of seen) expect(copied.some((line) => line.replace(/^\.\//, '').startsWith(path))).toBe(true);
    for (const secret of ['data', '.env*', 'node_modules']) expect(ignored).toContain(`**/${secret}`);
  });

  it('starts what the build makes', () => {
    const [command] = all('ENTRYPOINT', image);
    const [node, ...words] = listIn(command!);
    expect([node, words.at(-1)]).toEqual(['node', 'dist/src/main.js']);
    expect(existsSync(join(ROOT, words.at(-1)!))).toBe(true);
  });

  it('is healthy when the hub is alive, and not when nothing answers or it says no', async () => {
    const [program, ...args] = listIn(all('HEALTHCHECK', image)[0]!);
    const check = (port: number): Promise<number | null> =>
      new Promise((resolve) => spawn(program!, args, { env: { PATH: process.env['PATH'], PORT: String(port) } }).once('exit', resolve));
    let status = 200;
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, answer) => {
      asked.push(url);
      answer.writeHead(status).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    expect(await check(port)).toBe(0);
    status = 500;
    expect(await check(port)).toBe(1);
    await new Promise((closed) => server.close(closed));
    expect(await check(port)).toBe(1);
    expect(asked).toEqual(['/health/live', '/health/live']);
  });
});
