import { type CelInput, type CelResult, celEnv, celList, celMap, celType, isCelError, isCelList, parse, plan, unparse } from '@bufbuild/cel';
import { RE2JS } from '@bufbuild/re2';
import {
  type Condition, ConditionInvalid, type ConditionPart, type ConditionProblem, type ConditionValue, Conditions,
  type Vocabulary,
} from '../domain/ports/conditions.js';

type Parsed = ReturnType<typeof parse>;
type Expression = Parsed['expr'];
type Inputs = Readonly<Record<string, CelInput>>;

const MOST_CHARACTERS = 1_000;
const MOST_NODES = 300;
const MOST_PATTERN_CHARACTERS = 200;
/** Operators, and functions whose result is hardly larger than what goes in. What is not listed can't be called. */
const FUNCTIONS = new Set([
  '_&&_', '_||_', '!_', '_?_:_', '_==_', '_!=_', '_<_', '_<=_', '_>_', '_>=_', '@in', '_+_', '_-_', '_*_', '_/_', '_%_', '-_', '_[_]',
  'size', 'contains', 'startsWith', 'endsWith', 'matches', 'int', 'string', '@not_strictly_false',
]);

const patterns = new Map<string, RE2JS>();
const MOST_PATTERNS = 1_000;
/** RE2: linear in the text, whatever the pattern. */
const patternOf = (text: string): RE2JS => {
  const known = patterns.get(text);
  if (known) return known;
  if (patterns.size >= MOST_PATTERNS) patterns.clear();
  const pattern = RE2JS.compile(text);
  patterns.set(text, pattern);
  return pattern;
};
const environment = celEnv({ re2: { compile: patternOf } });
const planned = (expr: Expression) => plan(environment, expr) as (inputs: Inputs) => CelResult;

/** CEL by @bufbuild/cel, which passes the conformance tests of the language (test/platform/cel-conformance.spec.ts). */
export class CelConditions extends Conditions {
  override readonly version = 'cel-es-0.6.1';

  override compile(expression: string, vocabulary: Vocabulary): Condition {
    if (expression.length > MOST_CHARACTERS) throw new ConditionInvalid(`it is longer than ${MOST_CHARACTERS} characters`);
    const parsed = readExpression(expression);
    inspect(parsed, vocabulary);
    return { parts: conjuncts(parsed.expr).map((expr) => partOf({ ...parsed, expr })) };
  }

  override bind(value: ConditionValue | undefined): unknown {
    return value === undefined ? undefined : celOf(value);
  }
}

const readExpression = (expression: string): Parsed => {
  try {
    return parse(expression);
  } catch (error) {
    throw new ConditionInvalid(`it is not CEL: ${(error as Error).message}`);
  }
};

type Values = Readonly<Record<string, ConditionValue | undefined>>;
const definedOf = (values: Values): [string, CelInput][] =>
  Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, celOf(value)]]));

const celOf = (value: ConditionValue): CelInput => {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value !== 'object') return value;
  // A map and no object: names such as `constructor` are not found in it.
  return Array.isArray(value) ? celList([...(value as readonly string[])]) : celMap(new Map(definedOf(value as Values)));
};

const conjuncts = (expr: Expression): readonly Expression[] => {
  const { case: kind, value } = expr.exprKind;
  return kind === 'callExpr' && value.function === '_&&_' ? value.args.flatMap(conjuncts) : [expr];
};

const partOf = (parsed: Parsed): ConditionPart => {
  const evaluate = planned(parsed.expr);
  const mentions = new Set<string>();
  visit(parsed.expr, ({ exprKind: { case: kind, value } }, { bound }) => {
    if (kind === 'identExpr' && !bound.includes(value.name)) mentions.add(value.name);
  });
  return {
    text: unparse(parsed), mentions,
    holds: (inputs) => {
      const result = evaluate(inputs as Inputs);
      if (typeof result === 'boolean') return result;
      return isCelError(result) ? problemOf(result) : 'condition.type';
    },
  };
};

const problemOf = ({ message }: Error): ConditionProblem => {
  if (/^(field not found|unresolved attribute|index \d+ out of bounds)/.test(message)) return 'condition.missing';
  return /no matching overload|^type mismatch/.test(message) ? 'condition.type' : 'condition.error';
};

interface Place {
  /** Variables of the macros around it. */
  readonly bound: readonly string[];
  /** Of how many loops. */
  readonly depth: number;
}

/** Every node, outermost first, with where it stands. */
const visit = (expr: Expression, see: (expr: Expression, place: Place) => void, place: Place = { bound: [], depth: 0 }): void => {
  see(expr, place);
  const { case: kind, value } = expr.exprKind;
  const on = (next: Expression | undefined, there = place): void => {
    if (next) visit(next, see, there);
  };
  if (kind === 'selectExpr') on(value.operand);
  if (kind === 'callExpr') [value.target, ...value.args].forEach((next) => on(next));
  if (kind === 'listExpr') value.elements.forEach((next) => on(next));
  if (kind !== 'comprehensionExpr') return;
  on(value.iterRange);
  on(value.accuInit);
  const inside = { bound: [...place.bound, value.iterVar, value.accuVar], depth: place.depth + 1 };
  on(value.loopCondition, inside);
  on(value.loopStep, inside);
  on(value.result, { ...inside, depth: place.depth });
};

/** Throws ConditionInvalid for what could not be decided by, or only at a price. */
const inspect = ({ expr, sourceInfo }: Parsed, vocabulary: Vocabulary): void => {
  let nodes = 0;
  visit(expr, (node, { bound, depth }) => {
    nodes += 1;
    if (nodes > MOST_NODES) throw new ConditionInvalid('it is too large; write several rules');
    // Each loop goes over what others may make long: one in another is a product.
    if (depth > 1) throw new ConditionInvalid('a macro in a macro (all, exists, map, filter) is not possible');
    checkNode(node, bound, vocabulary);
  });
  // Only what has passed is evaluated.
  const sample = Object.fromEntries(definedOf(sampleOf(vocabulary)));
  visit(expr, (node, { bound }) => {
    if (bound.length === 0) checkTypes(node, sample, (part) => unparse({ expr: part, sourceInfo } as Parsed));
  });
  const result = planned(expr)(sample);
  if (typeof result !== 'boolean' && !isCelError(result)) throw new ConditionInvalid(`it is ${kindName(result)}, neither true nor false`);
};

const checkNode = (node: Expression, bound: readonly string[], vocabulary: Vocabulary): void => {
  const { case: kind, value } = node.exprKind;
  if (kind === 'structExpr') throw new ConditionInvalid('maps and messages can\'t be made here');
  if (kind === 'identExpr' || kind === 'selectExpr') pathKind(node, bound, vocabulary);
  if (kind !== 'callExpr') return;
  if (!FUNCTIONS.has(value.function)) throw new ConditionInvalid(`the function ${value.function} is not known here`);
  if (value.function === 'matches') checkPattern(value.args[0]);
};

const checkPattern = (argument: Expression | undefined): void => {
  const constant = argument?.exprKind.case === 'constExpr' ? argument.exprKind.value.constantKind : undefined;
  if (constant?.case !== 'stringValue') throw new ConditionInvalid('the pattern of matches must be written out, in quotes');
  if (constant.value.length > MOST_PATTERN_CHARACTERS) throw new ConditionInvalid(`a pattern may have ${MOST_PATTERN_CHARACTERS} characters`);
  try {
    patternOf(constant.value);
  } catch (error) {
    throw new ConditionInvalid(`the pattern is not valid (RE2): ${(error as Error).message}`);
  }
};

/** What stands at a path such as agent.owner.id; undefined when it is no path into the vocabulary. */
const pathKind = ({ exprKind: { case: kind, value } }: Expression, bound: readonly string[], vocabulary: Vocabulary): Vocabulary[string] | undefined => {
  if (kind === 'identExpr') {
    if (bound.includes(value.name)) return undefined;
    return Object.hasOwn(vocabulary, value.name) ? vocabulary[value.name] : unknownName(value.name, vocabulary);
  }
  if (kind !== 'selectExpr' || !value.operand) return undefined;
  const of = pathKind(value.operand, bound, vocabulary);
  if (of === undefined) return undefined;
  if (of === 'claims') return 'words';
  if (typeof of === 'string') throw new ConditionInvalid(`there is no .${value.field} of a ${of}`);
  return Object.hasOwn(of, value.field) ? of[value.field] : unknownName(`.${value.field}`, of);
};

const unknownName = (name: string, vocabulary: Vocabulary): never => {
  throw new ConditionInvalid(`${name} is not known here; known are ${Object.keys(vocabulary).join(', ')}`);
};

/** The library has no type checker: the parts are tried on a value of every kind instead. */
const checkTypes = (node: Expression, sample: Inputs, text: (part: Expression) => string): void => {
  const result = planned(node)(sample);
  if (isCelError(result) && problemOf(result) === 'condition.type') throw new ConditionInvalid(`${text(node)}: ${result.message}`);
  const { case: kind, value } = node.exprKind;
  if (kind !== 'callExpr' || !['_==_', '_!=_', '@in'].includes(value.function)) return;
  const [left, right] = value.args.map((part) => planned(part)(sample));
  const other = value.function === '@in' && isCelList(right) ? [...right][0] : right;
  if (left === undefined || other === undefined || isCelError(left) || isCelError(other) || isCelError(right)) return;
  // CEL says that values of different types are not equal; whoever wrote `tags != "x"` meant something else.
  if (celType(left).name !== celType(other).name) throw new ConditionInvalid(`${text(node)}: compares ${kindName(left)} with ${kindName(other)}`);
};

const kindName = (value: Parameters<typeof celType>[0]): string => `a ${celType(value).name}`;

const SAMPLES = { text: 'a', whole: 1, flag: true, words: ['a'], claims: {} } as const;
const sampleOf = (vocabulary: Vocabulary): Values =>
  Object.fromEntries(Object.entries(vocabulary).map(([name, kind]) => [name, typeof kind === 'string' ? SAMPLES[kind] : sampleOf(kind)])) as Values;
