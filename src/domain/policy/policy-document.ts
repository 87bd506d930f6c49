import { readFirstLanguage } from './first-language.js';
import { type PolicyRule, ruleShape } from './rule-shape.js';
import { invalid, membersOf, shown } from './shape.js';

export interface PolicyDocument {
  readonly rules: readonly PolicyRule[];
}

/** What is published is in this language; documents of the first stand in ledgers and are read for ever. */
export const LANGUAGE = 2;

/** JSON Schema of what can be published; docs/policy.schema.json is this. */
export const policySchema: Readonly<Record<string, unknown>> = {
  $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Mandate policy',
  type: 'object', required: ['rules'], additionalProperties: false,
  properties: { rules: { type: 'array', items: ruleShape.schema, description: 'In any order: deny wins. Ids are unique' } },
};

/** Reads and checks a document; throws Refusal('policy.invalid') with the member that is wrong. */
export const readPolicyDocument = (text: string, language: number): PolicyDocument => {
  const value = parsed(text);
  if (language === 1) return readFirstLanguage(value);
  if (language !== LANGUAGE) return invalid(`it is in language ${language}, which this version of Mandate does not know`);
  const members = membersOf(value, 'it');
  const unknown = members.find(([name]) => name !== 'rules');
  if (unknown) return invalid(`${shown(unknown[0])} is not known; known is rules`);
  const rules = members[0]?.[1];
  if (!Array.isArray(rules)) return invalid('rules must be a list');
  return { rules: distinct(rules.map((rule, n) => ruleShape.read(rule, `rules[${n}]`))) };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return invalid('it is not JSON');
  }
};

const distinct = (rules: readonly PolicyRule[]): readonly PolicyRule[] =>
  new Set(rules.map(({ id }) => id)).size === rules.length ? rules : invalid('two rules have the same id');
