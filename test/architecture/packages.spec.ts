import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './repository.js';

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
  readonly license?: string;
}

const read = (path: string): Package => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Package;
/** Under another name it is pinned all the same. */
const EXACT = /^(npm:[@\w/.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
/** Their version follows somebody else's: docs/decisions/2026-11-24-no-lock-file.md. */
const FOLLOWS = /^(fastify|@types\/.+)$/;
const loose = (versions: Readonly<Record<string, string>> = {}): readonly string[] =>
  Object.entries(versions)
    .filter(([name, version]) => !EXACT.test(version) && !FOLLOWS.test(name))
    .map(([name, version]) => `${name}@${version}`);

describe.each(['package.json', 'sdk/mcp/package.json'])('%s', (path) => {
  const { dependencies, devDependencies, allowScripts = {}, license } = read(path);

  it('pins what it depends on, since there is no lock file', () => {
    expect([...loose(dependencies), ...loose(devDependencies)]).toEqual([]);
    expect(Object.keys(dependencies ?? {}).length).toBeGreaterThan(0);
  });

  it('lets no dependency run a program while it is installed', () => {
    expect(Object.entries(allowScripts).filter(([, allowed]) => allowed)).toEqual([]);
  });

  it('is under the licence that stands beside it', () => {
    expect(license).toBe('Apache-2.0');
    expect(readFileSync(join(ROOT, 'LICENSE'), 'utf8')).toMatch(/^\s+Apache License\n\s+Version 2\.0, January 2004\n/);
  });
});

it('a range, a tag and an address are no pin', () => {
  const versions = { a: '^1.0.0', b: '~1.0.0', c: 'latest', d: '>=1.0.0', e: 'github:x/y', f: '1.0', g: '1.2.3', fastify: '^5.0.0' };
  expect(loose(versions)).toEqual(['a@^1.0.0', 'b@~1.0.0', 'c@latest', 'd@>=1.0.0', 'e@github:x/y', 'f@1.0']);
});
