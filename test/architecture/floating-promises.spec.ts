import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { floatingPromises, wholeProgram } from './floating-promises.js';
import { ROOT, allSources, sourcesUnder } from './repository.js';

const FIXTURE = 'test/architecture/fixture/floating.ts';

describe('a promise whose failure nobody hears', () => {
  let found: readonly string[];
  let looked: number;
  beforeAll(() => {
    const files = allSources().map(({ path }) => join(ROOT, path));
    looked = files.length;
    found = floatingPromises(wholeProgram(ROOT, files), ROOT, new Set(files));
  }, 120_000);

  it('is found in the fixture, on every line that drops one and on no other', () => {
    const { text } = sourcesUnder('test/architecture/fixture').find(({ path }) => path === FIXTURE)!;
    const marked = text.split('\n').flatMap((line, n) => (line.endsWith('// dropped') ? [`${FIXTURE}:${n + 1}`] : []));
    expect(found.filter((place) => place.startsWith(`${FIXTURE}:`))).toEqual(marked);
    expect(marked.length).toBeGreaterThan(5);
  });

  it('is nowhere else', () => {
    expect(found.filter((place) => !place.startsWith(`${FIXTURE}:`))).toEqual([]);
    expect(looked).toBeGreaterThan(150);
  });
});
