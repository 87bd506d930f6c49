import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withConfigurationTable } from '../../scripts/configuration-table.js';
import { describeVariables } from '../../src/platform/config.js';
import { PromMetrics } from '../../src/platform/metrics/prom-metrics.js';
import { ROOT } from '../architecture/repository.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/operations.md');

describe('docs/operations.md', () => {
  it('has every variable, as the schema has it today', () => {
    if (page !== withConfigurationTable(page)) throw new Error('docs/operations.md is out of date: run `npm run docs:configuration` and commit it.');
    for (const { name, meaning } of describeVariables()) {
      expect([name, meaning.length > 10]).toEqual([name, true]);
      expect(page).toContain(`\n| \`${name}\` | ${meaning}.`);
    }
  });

  it('names no variable, here and in the README, that there is not', () => {
    const known = new Set(describeVariables().flatMap(({ name, inFile }) => (inFile ? [name, `${name}_FILE`] : [name])));
    for (const text of [page, read('README.md')]) for (const [name] of text.matchAll(/\bMANDATE_[A-Z_]+\b/g)) expect([...known]).toContain(name);
  });

  it('has every metric, and none that there is not', async () => {
    const metrics = new PromMetrics();
    for (const name of ['projection_lag_seconds', 'live_state_entries', 'event_readers', 'jobs_running', 'credential_keys_usable', 'ready'] as const) metrics.watch(name, () => 0);
    const { text } = await metrics.exposition();
    const exposed = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!);
    const told = [...page.matchAll(/^\| `((?:mandate|process|nodejs)_\w+)` \|/gm)].map(([, name]) => name!);
    expect(told.sort()).toEqual(exposed.sort());
  });

  it('has every reason that readiness gives', () => {
    const source = read('src/commands/live-state.ts') + read('src/commands/ledger-time.ts');
    const given = [...source.matchAll(/(?:failure[^=]*= |undefined : )['`]([^'`$]+)/g)].map(([, reason]) => reason!.trim());
    expect(given.length).toBeGreaterThan(5);
    for (const reason of given) expect(page).toContain(`\n| \`${reason}`);
  });

  it('has the sections that others point to', () => {
    for (const section of ['Configuration', 'Roles and scaling', 'Upgrades', 'Backup and restore', 'What to watch', 'Keys']) expect(page).toContain(`\n## ${section}\n`);
  });
});
