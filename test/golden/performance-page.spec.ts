import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { performancePages } from '../../scripts/figures/performance-page.js';
import { ROOT } from '../architecture/repository.js';

it('docs/performance.md and its pictures show what the benches saved, and nothing else', () => {
  const pages = performancePages(ROOT);
  expect(pages.size).toBeGreaterThan(1);
  for (const [path, text] of pages)
    if (readFileSync(join(ROOT, path), 'utf8') !== text) throw new Error(`${path} is out of date: run \`npm run docs:figures\` and commit it.`);
});
