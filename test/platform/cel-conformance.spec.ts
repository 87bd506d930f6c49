import { celEnv, isCelError, isCelList, isCelMap, isCelUint, parse, plan } from '@bufbuild/cel';
import { getConformanceSuite, type IncrementalTestSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { describe, expect, it } from '@jest/globals';

type Test = IncrementalTestSuite['tests'][number]['original'];
type Expected = NonNullable<Extract<Test['resultMatcher'], { case: 'value' }>['value']>;

/**
 * Sections of the conformance tests of CEL (google/cel-spec v0.25.1) that are about what a condition can say. The other
 * sections are about protocol buffers, moments, extensions and macros with two variables.
 */
const SECTIONS = ['basic', 'comparisons', 'conversions', 'fp_math', 'integer_math', 'lists', 'logic', 'macros', 'parse', 'plumbing', 'string'];
/** What needs message types or a namespace is not about conditions. */
const isForeign = ({ expr, container }: Test): boolean => container !== '' || /TestAllTypes|google\.protobuf/.test(expr);

const suites = getConformanceSuite().suites.filter(({ name }) => SECTIONS.includes(name));
const testsOf = (suite: IncrementalTestSuite): readonly Test[] => [...suite.tests.map(({ original }) => original), ...suite.suites.flatMap(testsOf)];

/** A value of the tests and a value of the library as one kind of text, in which types differ. */
const wanted = ({ kind: { case: kind, value } }: Expected): string | undefined => {
  if (kind === 'nullValue') return 'null';
  if (kind === 'boolValue' || kind === 'stringValue') return JSON.stringify(value);
  if (kind === 'int64Value') return `int ${value}`;
  if (kind === 'uint64Value') return `uint ${value}`;
  if (kind === 'doubleValue') return `double ${value + 0}`;
  if (kind === 'bytesValue') return `bytes ${Buffer.from(value).toString('hex')}`;
  if (kind === 'listValue') return `[${value.values.map(wanted).join()}]`;
  if (kind === 'mapValue') return `{${value.entries.map(({ key, value: item }) => `${wanted(key!)}:${wanted(item!)}`).sort().join()}}`;
  return undefined;
};
const found = (value: unknown): string => {
  if (isCelError(value)) return 'error';
  if (value === null) return 'null';
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number') return `double ${value + 0}`;
  if (isCelUint(value)) return `uint ${value.value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (isCelList(value)) return `[${[...value].map(found).join()}]`;
  if (isCelMap(value)) return `{${[...value].map(([key, item]) => `${found(key)}:${found(item)}`).sort().join()}}`;
  return JSON.stringify(value);
};

const native = (value: Expected): unknown => {
  const { case: kind, value: inner } = value.kind;
  if (kind === 'listValue') return inner.values.map(native);
  if (kind === 'mapValue') return new Map(inner.entries.map((entry) => [native(entry.key!), native(entry.value!)]));
  return kind === 'nullValue' ? null : inner;
};
const bindingsOf = (test: Test): Record<string, unknown> =>
  Object.fromEntries(Object.entries(test.bindings).flatMap(([name, { kind }]) => (kind.case === 'value' ? [[name, native(kind.value)]] : [])));

const evaluate = (test: Test): string => {
  try {
    return found(plan(celEnv(), parse(test.expr))(bindingsOf(test) as never));
  } catch {
    return 'error';
  }
};
const expectedOf = ({ resultMatcher: matcher }: Test): string | undefined => {
  if (matcher.case === 'evalError') return 'error';
  if (matcher.case === undefined) return 'true';
  return matcher.case === 'value' ? wanted(matcher.value) : undefined;
};

describe('the CEL library', () => {
  it.each(suites.map((suite) => [suite.name, suite] as const))('passes the conformance tests of the language: %s', (name, suite) => {
    const tests = testsOf(suite).filter((test) => !isForeign(test) && expectedOf(test) !== undefined);
    expect(tests.length).toBeGreaterThanOrEqual(5);
    for (const test of tests) expect([name, test.expr, evaluate(test)]).toEqual([name, test.expr, expectedOf(test)]);
  });

  it('were more than 800', () => {
    expect(suites.map(({ name }) => name).sort()).toEqual([...SECTIONS].sort());
    expect(suites.flatMap(testsOf).filter((test) => !isForeign(test) && expectedOf(test) !== undefined).length).toBeGreaterThan(800);
  });
});
