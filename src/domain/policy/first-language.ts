import type { PolicyRule } from './rule-shape.js';
import { invalid } from './shape.js';

const words = (value: unknown, where: string): readonly string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : invalid(`${where} must be a list of strings`);

/** A rule of the first language in words of this one; undefined when it names no resource at all and so never applied. */
const readRule = (value: unknown, n: number): PolicyRule | undefined => {
  const where = `rules[${n}]`;
  if (typeof value !== 'object' || value === null) return invalid(`${where} must be an object`);
  const { id, effect, resources, unlessRoles, ...rest } = value as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return invalid(`${where}.${unknown} is not known`);
  if (typeof id !== 'string' || id === '') return invalid(`${where}.id must be a name`);
  if (effect !== 'allow' && effect !== 'deny') return invalid(`${where}.effect must be allow or deny`);
  const uris = resources === undefined ? undefined : words(resources, `${where}.resources`);
  const exempt = unlessRoles === undefined ? undefined : words(unlessRoles, `${where}.unlessRoles`);
  if (uris?.length === 0) return undefined;
  return {
    id, effect,
    // `unlessRoles` made a rule one about users; agents that act for themselves were not touched by it.
    ...(exempt ? { principals: { kinds: ['user'] } } : {}),
    ...(uris ? { targets: { resources: uris } } : {}),
    ...(exempt && exempt.length > 0 ? { unless: { principals: { roles: exempt } } } : {}),
  };
};

/** Documents as version 0.1 published them: read as leniently as they were then, for they stand in ledgers. */
export const readFirstLanguage = (value: unknown): { readonly rules: readonly PolicyRule[] } => {
  const rules = (value as { rules?: unknown } | null)?.rules;
  if (!Array.isArray(rules)) return invalid('rules must be a list');
  const read = rules.map(readRule);
  const ids = rules.map(({ id }: { id: string }) => id);
  if (new Set(ids).size !== ids.length) return invalid('two rules have the same id');
  return { rules: read.filter((rule) => rule !== undefined) };
};
