import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from './repository.js';

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

const RULES = join(ROOT, '.dependency-cruiser.cjs');
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** Runs the same program that `npm run imports` runs; what it found wrong, as `rule: from -> to`. */
const cruise = (directory: string, folders: readonly string[]): readonly string[] => {
  const answer = execFileSync(process.execPath, [CRUISER, '--config', RULES, '--output-type', 'json', ...folders], {
    cwd: directory, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { summary } = JSON.parse(answer) as { summary: { violations: readonly Violation[] } };
  const target = (to: string): string => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(to)?.[1] ?? to;
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${target(to)}`).sort();
};

/** `npm run imports` holds the code that ships against them; here each is shown to bite. */
describe('the import rules', () => {
  let found: readonly string[];
  beforeAll(() => {
    found = cruise(join(ROOT, 'test/architecture/fixture'), ['src', 'sdk', 'sample']);
  });
  const foundBy = (rule: string): readonly string[] =>
    found.filter((violation) => violation.startsWith(`${rule}: `)).map((violation) => violation.slice(rule.length + 2));

  it('stop a domain that knows Node, a package, a type of a package or a type of the commands', () => {
    expect(foundBy('domain-imports-only-domain')).toEqual([
      'src/domain/order/knows-a-package.ts -> zod',
      'src/domain/order/knows-a-type-of-a-package.ts -> zod',
      'src/domain/order/knows-a-type-of-commands.ts -> src/commands/place-order.ts',
      'src/domain/order/knows-node.ts -> crypto',
    ]);
  });

  it('stop commands that know an adapter', () => {
    expect(foundBy('commands-import-domain')).toContain('src/commands/knows-the-platform.ts -> src/platform/clock.ts');
  });

  it('stop projections that command', () => {
    expect(foundBy('projections-import-domain')).toEqual(['src/projections/orders.projection.ts -> src/commands/place-order.ts']);
    expect(foundBy('only-commands-and-api-know-the-bus')).toEqual(['src/projections/knows-the-bus.ts -> @nestjs/cqrs']);
  });

  it('stop an api that reads rows past the query classes', () => {
    expect(foundBy('api-imports-commands-and-queries')).toEqual(['src/api/knows-rows.ts -> src/projections/orders.projection.ts']);
  });

  it('stop an adapter that knows a use case', () => {
    expect(foundBy('platform-implements-ports')).toEqual(['src/platform/clock.ts -> src/commands/place-order.ts']);
  });

  it('stop whoever imports a root, a test, the hub from outside, or what does not exist', () => {
    expect(foundBy('nobody-imports-the-roots')).toEqual(['src/commands/knows-the-root.ts -> src/app.module.ts']);
    expect(foundBy('src-never-imports-test')).toEqual(['src/commands/knows-a-test.ts -> test/support.ts']);
    expect(foundBy('sample-knows-only-the-sdk')).toEqual(['sample/knows-the-hub.ts -> src/commands/place-order.ts']);
    expect(foundBy('sdk-stands-alone')).toEqual(['sdk/mcp/src/knows-a-package.ts -> zod']);
    expect(foundBy('resolvable')).toEqual(['src/commands/knows-nothing-there.ts -> ./nowhere.js']);
  });

  it('stop a cycle, even one of types', () => {
    expect(foundBy('no-cycles')).toEqual(['src/domain/order/line.ts -> src/domain/order/order.ts']);
  });

  it('each bite somewhere in the fixture: a rule that nothing breaks proves nothing', () => {
    const { forbidden } = createRequire(import.meta.url)(RULES) as { forbidden: readonly { name: string }[] };
    expect(forbidden.map(({ name }) => name).filter((name) => foundBy(name).length === 0)).toEqual([]);
  });
});
