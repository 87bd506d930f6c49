import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { floatingPromises, wholeProgram } from '../../scripts/floating-promises.js';
import { ROOT } from './repository.js';

const FIXTURE = 'test/architecture/fixture/floating.ts';

/** `npm run lint` looks through everything; here it is shown to bite. */
it('a promise whose failure nobody hears is found on every line that drops one, and on no other', () => {
  const file = join(ROOT, FIXTURE);
  const marked = readFileSync(file, 'utf8').split('\n').flatMap((line, n) => (line.endsWith('// dropped') ? [`${FIXTURE}:${n + 1}`] : []));

  const found = floatingPromises(wholeProgram(ROOT, [file]), ROOT, new Set([file]));

  expect(found).toEqual(marked);
  expect(marked.length).toBeGreaterThan(5);
}, 60_000);
