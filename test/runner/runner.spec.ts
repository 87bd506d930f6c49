import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const IMPORT = `import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';\n`;

// Two files do the same: what the first leaves behind, the second does not find.
const LEAVES = `it('finds nothing that another file left, and leaves everything', async () => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect([process.env.LEFT, JSON.parse('2'), typeof console.log]).toEqual([undefined, 2, 'function']);
  process.env.LEFT = 'behind';
  jest.useFakeTimers();
  jest.spyOn(JSON, 'parse').mockReturnValue(1);
  globalThis.console = undefined;
});`;

const FILES = {
  holds: `it('holds', () => expect(1).toBe(1));`,
  wrong: `it('is wrong', () => expect(1).toBe(2));`,
  unloadable: `it('is never asked', () => undefined);\nthrow new Error('not to be loaded');`,
  empty: ``,
  unawaited: `it('leaves a rejection to nobody', () => { void Promise.reject(new Error('nobody waits')); return new Promise(setImmediate); });`,
  thrown: `it('throws where nobody catches', () => new Promise(() => setImmediate(() => { throw new Error('nobody catches'); })), 200);`,
  hanging: `it('hangs', () => new Promise(() => undefined), 20);`,
  unprepared: `beforeAll(() => { throw new Error('no hub'); });\nit('needs a hub', () => undefined);`,
  unclosed: `afterAll(() => { throw new Error('a broken promise'); });\nit('is about something else', () => undefined);`,
  skipped: `describe.skip('elsewhere', () => { it('needs a server', () => { throw new Error('none'); }); });`,
  one: LEAVES,
  other: LEAVES,
};

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

describe('the runner of these specs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mandate-runner-'));
  const answers = new Map<string, FileResult>();
  let code: number | null;
  beforeAll(() => {
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(directory, `${name}.spec.mjs`), IMPORT + text);
    const config = {
      rootDir: directory, testMatch: ['**/*.spec.mjs'], transform: {},
      testEnvironment: join(ROOT, 'dist/test/runner/one-realm.js'), testRunner: join(ROOT, 'dist/test/runner/run-file.js'),
    };
    const ran = spawnSync(process.execPath, [join(ROOT, 'node_modules/jest/bin/jest.js'), '--runInBand', '--json', '--config', JSON.stringify(config)], { encoding: 'utf8' });
    code = ran.status;
    for (const result of (JSON.parse(ran.stdout) as { testResults: FileResult[] }).testResults) answers.set(/(\w+)\.spec/.exec(result.name)![1]!, result);
  }, 60_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    ['wrong', 'toBe'], ['unloadable', 'not to be loaded'], ['empty', 'must contain at least one test'], ['unawaited', 'nobody waits'], ['thrown', 'nobody catches'],
    ['hanging', 'Exceeded timeout'], ['unprepared', 'no hub'], ['unclosed', 'a broken promise'],
  ])('lets a file fail that is %s, and says why', (name, why) => {
    expect(answers.get(name)).toMatchObject({ status: 'failed', message: expect.stringContaining(why) });
  });

  it('ends with 1 when one file fails', () => {
    expect(code).toBe(1);
    expect([...answers.keys()].toSorted()).toEqual(Object.keys(FILES).toSorted());
  });

  it('counts what holds, and what is skipped', () => {
    expect(answers.get('holds')?.assertionResults.map(({ status }) => status)).toEqual(['passed']);
    expect(answers.get('skipped')?.assertionResults.map(({ status }) => status)).toEqual(['pending']);
  });

  it('gives every file variables, timers, spies and a console of its own', () => {
    expect(answers.get('one')).toMatchObject({ status: 'passed' });
    expect(answers.get('other')).toMatchObject({ status: 'passed' });
  });
});
