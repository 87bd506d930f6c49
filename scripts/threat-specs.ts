import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TESTS = fileURLToPath(new URL('../../test/', import.meta.url));
const ID = /\b[A-Z]{2}-\d{2}\b/g;
/** Faults have a table of their own, docs/faults.md. */
const GROUPS = ['AZ', 'CN', 'TE', 'CA', 'PK', 'CO', 'RT', 'TX', 'DC', 'CM', 'WF', 'IR', 'DM', 'DP', 'VA', 'PO', 'SU', 'AD', 'UI', 'AU', 'WH', 'MT', 'RX', 'KM', 'SL'];
const ROW = /^\| ([A-Z]{2}-\d{2}) \|(.*)\| ([^|]*) \| ([^|]*)\|$/;

export interface ThreatRow {
  readonly id: string;
  readonly record: string;
  readonly specs: readonly string[];
}

/** Which specs speak of which threat, by id; specs as in the table. */
export const specsByThreat = (): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>();
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.spec.ts')).sort();
  for (const file of files) {
    const ids = new Set(readFileSync(join(TESTS, file), 'utf8').match(ID));
    for (const id of ids) if (GROUPS.includes(id.slice(0, 2))) found.set(id, [...(found.get(id) ?? []), file.replaceAll('\\', '/').replace('.spec.ts', '')]);
  }
  return found;
};

export const threatRows = (page: string): readonly ThreatRow[] =>
  page.split('\n').flatMap((line) => {
    const [, id, , record, specs = ''] = ROW.exec(line) ?? [];
    return id === undefined ? [] : [{ id, record: record!, specs: [...specs.matchAll(/`([^`]+)`/g)].map(([, spec]) => spec!) }];
  });

/** The page with its last column as the specs are. */
export const withSpecs = (page: string, specs: ReadonlyMap<string, readonly string[]>): string =>
  page.split('\n').map((line) => line.replace(ROW, (_, id: string, middle: string, record: string) => {
    const told = (specs.get(id) ?? []).map((spec) => `\`${spec}\``).join(', ');
    return `| ${id} |${middle}| ${record} | ${told === '' ? 'none yet' : told} |`;
  })).join('\n');
