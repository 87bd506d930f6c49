import { describe, expect, it } from '@jest/globals';
import { brokenRules, houseRules } from './house-rules.js';
import { allSources } from './repository.js';

const COMMAND = 'src/commands/tokens/issue-token.ts';
const lines = (count: number): string => 'export const a = 1;\n'.repeat(count);

/** What breaks a rule, and what looks alike and is allowed. */
interface Trial {
  readonly broken: readonly (readonly [path: string, text: string])[];
  readonly kept: readonly (readonly [path: string, text: string])[];
}
const trials: Readonly<Record<string, Trial>> = {
  'only the platform reads the clock': {
    broken: [
      [COMMAND, 'const now = Date.now();'], [COMMAND, 'const read = Date.now;'], [COMMAND, 'f(new Date());'], [COMMAND, 'f(Date());'],
      [COMMAND, 'performance.now();'],
    ],
    kept: [
      ['src/platform/system-clock.ts', 'Date.now();'], ['test/a.spec.ts', 'Date.now();'],
      [COMMAND, '// not Date.now()\nnew Date(0); f("new Date()");'],
    ],
  },
  'only the platform throws dice': {
    broken: [
      [COMMAND, 'Math.random();'], [COMMAND, 'import { randomUUID } from "node:crypto";'], [COMMAND, 'crypto.randomUUID();'],
      [COMMAND, 'crypto.getRandomValues(a);'],
    ],
    kept: [['src/platform/vault/node-crypto.ts', 'randomBytes(16);'], [COMMAND, 'Math.max(1, 2); crypto.randomId("cmd_");']],
  },
  'only config.ts reads the environment': {
    broken: [['src/platform/log.ts', 'process.env["A"];'], ['src/main.ts', 'const { PORT } = process.env;']],
    kept: [['src/platform/config.ts', 'process.env;'], ['src/main.ts', 'process.exitCode = 1;']],
  },
  'only write.ts appends': {
    broken: [
      [COMMAND, 'class A { f() { return this.ledger.append("a", "any", []); } }'], ['src/api/a.ts', 'ledger.append("a", "none", e);'],
    ],
    kept: [['src/commands/write.ts', 'this.ledger.append(s, 0, e);'], [COMMAND, 'headers.append("a", "b"); ledger.readStream("a");']],
  },
  'of @nestjs/cqrs only commands': {
    broken: [
      [COMMAND, 'import { EventBus } from "@nestjs/cqrs";'], [COMMAND, 'import { AggregateRoot as Root } from "@nestjs/cqrs";'],
      [COMMAND, 'import { Command, Saga } from "@nestjs/cqrs";'], [COMMAND, 'import * as cqrs from "@nestjs/cqrs";'],
      [COMMAND, 'import { QueryBus } from "@nestjs/cqrs";'],
    ],
    kept: [
      [COMMAND, 'import { Command, CommandHandler, type ICommandHandler } from "@nestjs/cqrs";'],
      [COMMAND, 'import { EventBus } from "./own.js";'],
    ],
  },
  'no HTTP below src/api': {
    broken: [
      [COMMAND, 'import { NotFoundException } from "@nestjs/common";'],
      ['src/projections/a.queries.ts', 'import { HttpStatus } from "@nestjs/common";'],
    ],
    kept: [
      ['src/api/errors/errors.filter.ts', 'import { HttpException } from "@nestjs/common";'],
      [COMMAND, 'import { Injectable } from "@nestjs/common";'],
    ],
  },
  'no @Global, forwardRef or request scope': {
    broken: [
      ['src/a.module.ts', '@Global() @Module({}) export class A {}'], ['src/a.module.ts', 'forwardRef(() => A);'],
      [COMMAND, '@Injectable({ scope: Scope.REQUEST }) export class A {}'],
    ],
    kept: [['src/a.module.ts', '@Module({}) export class Global {}']],
  },
  'no enums': { broken: [['test/a.ts', 'enum A { b }'], [COMMAND, 'export const enum A { b }']], kept: [[COMMAND, 'type A = "b";']] },
  'no default exports': {
    broken: [[COMMAND, 'export default 1;'], [COMMAND, 'export default class A {}'], [COMMAND, 'export default function f() {}']],
    kept: [[COMMAND, 'export const a = 1; switch (a) { default: }']],
  },
  'no barrels': {
    broken: [['src/domain/index.ts', 'export * from "./a.js";']],
    kept: [['sdk/mcp/src/index.ts', ''], ['src/projections/grant-index.ts', '']],
  },
  'file names in kebab-case': {
    broken: [['src/domain/issueToken.ts', ''], ['test/Issue.spec.ts', ''], ['src/api/issue_token.ts', '']],
    kept: [[COMMAND, ''], ['src/platform/vault/vault-file.worker.ts', ''], ['sdk/mcp/src/index.ts', '']],
  },
  'names say what a thing is': {
    broken: [
      [COMMAND, 'class TokenService {}'], [COMMAND, 'abstract class BaseGrant {}'], [COMMAND, 'class KeyManager {}'],
      [COMMAND, 'interface ILedger {}'], ['test/a.ts', 'class ClockHelper {}'],
    ],
    kept: [[COMMAND, 'class IssueToken {} interface Inputs {} class Database {} class Baseline {}']],
  },
  // In two halves, or this file would break its own rule.
  'nothing unfinished': {
    broken: [[COMMAND, `// ${'TO'}DO later`], ['test/a.ts', `f(/* ${'FIX'}ME */);`]],
    kept: [[COMMAND, '// mastodon']],
  },
  'at most 300 lines': { broken: [[COMMAND, lines(301)]], kept: [[COMMAND, lines(300)]] },
};

describe('the rules of the house', () => {
  it('each have trials', () => {
    expect(Object.keys(trials)).toEqual(houseRules.map(({ name }) => name));
  });

  describe.each(houseRules.map((rule) => [rule.name, rule] as const))('%s', (name, rule) => {
    const { broken = [], kept = [] } = trials[name] ?? {};

    it.each(broken)('bites in %s: %j', (path, text) => {
      expect(brokenRules({ path, text }, [rule])).toEqual([name]);
    });

    it.each(kept)('lets pass in %s: %j', (path, text) => {
      expect(brokenRules({ path, text }, [rule])).toEqual([]);
    });
  });

  it('hold in every file of the repository', () => {
    const sources = allSources();
    expect(sources.flatMap((source) => brokenRules(source).map((rule) => `${source.path}: ${rule}`))).toEqual([]);
    // A walk over nothing would pass too.
    expect(sources.length).toBeGreaterThan(150);
  });
});
