import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { specsByThreat, threatRows, withSpecs } from '../../scripts/threat-specs.js';
import { everyType } from '../golden/golden-files.js';
import { ROOT } from './repository.js';

describe('docs/threats.md', () => {
  const page = readFileSync(join(ROOT, 'docs/threats.md'), 'utf8');
  const rows = threatRows(page);
  const specs = specsByThreat();

  it('has one line for each threat that a spec tries', () => {
    const ids = rows.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(150);
    expect(ids.filter((id, n) => ids.indexOf(id) !== n)).toEqual([]);
    // Add a line: what comes in, what is answered, what is recorded; then `npm run docs:threats`.
    expect([...specs.keys()].filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('names specs that try what it says', () => {
    const wrong = rows.flatMap(({ id, specs: named }) => named.filter((spec) => !specs.get(id)?.includes(spec)).map((spec) => `${id}: ${spec}`));
    expect(wrong).toEqual([]);
    expect(rows.filter(({ specs: named }) => named.length > 0).length).toBeGreaterThan(120);
  });

  it('names events that there are', () => {
    const types = new Set(everyType().map(({ type }) => type.type));
    const named = rows.flatMap(({ record }) => [...record.matchAll(/`([A-Z]\w+)`/g)].map(([, type]) => type!));
    expect(named.filter((type) => !types.has(type))).toEqual([]);
    expect(named.length).toBeGreaterThan(60);
  });

  it('would notice a spec that is gone and one that is new', () => {
    const changed = withSpecs('| AZ-01 | a | b | – | `old/one` |\n| AZ-02 | a | b | – | |', new Map([['AZ-01', ['new/one', 'new/two']]]));
    expect(changed).toBe('| AZ-01 | a | b | – | `new/one`, `new/two` |\n| AZ-02 | a | b | – | none yet |');
    expect(threatRows(changed)).toEqual([{ id: 'AZ-01', record: '–', specs: ['new/one', 'new/two'] }, { id: 'AZ-02', record: '–', specs: [] }]);
  });
});
