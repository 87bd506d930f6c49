import { createRequire } from 'node:module';

interface Test {
  readonly path: string;
}
interface Sequencer {
  sort(tests: readonly Test[]): readonly Test[];
}
const { default: JestSequencer } = createRequire(import.meta.url)('@jest/test-sequencer') as { default: new (options: unknown) => Sequencer };

/** Files that take longest, so that none of them is begun when the other workers have nothing left to do. */
const LONG = [
  'faults/crash', 'cli/restore', 'faults/first-start-crash', 'model/oauth.model', 'faults/races', 'platform/database/pglite', 'faults/restore-crash',
  'faults/servers-die', 'api/policies/matrix', 'platform/transfer/copy-ledger', 'faults/sigterm', 'api/security/canaries', 'commands/admission.model',
];
const rank = ({ path }: Test): number => {
  const place = LONG.findIndex((name) => path.endsWith(`/${name}.spec.js`));
  return place === -1 ? LONG.length : place;
};

/** Jest's own order, which on a fresh checkout knows sizes only, behind the files that are known to be long. */
export default class LongFirst extends JestSequencer {
  override sort(tests: readonly Test[]): readonly Test[] {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
