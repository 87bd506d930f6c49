import { Refusal } from '../kernel/refusal.js';

/** One rule. Deny wins; where no rule allows, nothing is allowed. */
export interface PolicyRule {
  readonly id: string;
  readonly effect: 'allow' | 'deny';
  /** Canonical URIs of resources; absent = every resource. */
  readonly resources?: readonly string[];
  /** The rule is about users, other than those who have one of these roles. Absent = it is about everybody. */
  readonly unlessRoles?: readonly string[];
}
export interface PolicyDocument {
  readonly rules: readonly PolicyRule[];
}

const invalid = (what: string): never => {
  throw new Refusal('policy.invalid', `The policy document is not valid: ${what}.`);
};
const words = (value: unknown, where: string): readonly string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : invalid(`${where} must be a list of strings`);

const readRule = (value: unknown, n: number): PolicyRule => {
  const where = `rules[${n}]`;
  if (typeof value !== 'object' || value === null) return invalid(`${where} must be an object`);
  const { id, effect, resources, unlessRoles, ...rest } = value as Record<string, unknown>;
  // An unknown member could be a condition that this version does not know: to ignore it would be to allow more.
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return invalid(`${where}.${unknown} is not known`);
  if (typeof id !== 'string' || id === '') return invalid(`${where}.id must be a name`);
  if (effect !== 'allow' && effect !== 'deny') return invalid(`${where}.effect must be allow or deny`);
  return {
    id, effect,
    ...(resources === undefined ? {} : { resources: words(resources, `${where}.resources`) }),
    ...(unlessRoles === undefined ? {} : { unlessRoles: words(unlessRoles, `${where}.unlessRoles`) }),
  };
};

/** Reads and checks a document; throws Refusal('policy.invalid') with the member that is wrong. */
export const readPolicyDocument = (text: string): PolicyDocument => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return invalid('it is not JSON');
  }
  const rules = (value as { rules?: unknown } | null)?.rules;
  if (!Array.isArray(rules)) return invalid('rules must be a list');
  const read = rules.map(readRule);
  if (new Set(read.map(({ id }) => id)).size !== read.length) return invalid('two rules have the same id');
  return { rules: read };
};
