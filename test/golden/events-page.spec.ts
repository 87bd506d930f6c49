import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventsPage } from '../../scripts/events-page.js';
import { ROOT } from '../architecture/repository.js';
import { everyType } from './golden-files.js';

describe('docs/events.md', () => {
  it('is what the catalogue says today', () => {
    const committed = readFileSync(join(ROOT, 'docs/events.md'), 'utf8');
    if (committed !== eventsPage()) throw new Error('docs/events.md is out of date: run `npm run docs:events` and commit it.');
    expect(committed).toContain('This page is generated');
  });

  it('has a section of every type, and says which fields are optional, nested and sealed', () => {
    const page = eventsPage();
    for (const { type } of everyType()) expect(page).toContain(`\n### ${type.type}\n\n${type.says} Version ${type.version}.\n`);
    expect(page).toContain('| `email` | text |  | sealed |');
    expect(page).toContain('| `scopes[].name` | word |  |  |');
    expect(page).toContain('| `authorizationId` | id | yes |  |');
    expect(page).toContain('| `kind` | api \\| mcp |  |  |');
  });
});
