import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { LANGUAGE, policySchema, readPolicyDocument } from '../../../src/domain/policy/policy-document.js';
import { ROOT } from '../../architecture/repository.js';

const allow = { id: 'a', effect: 'allow' };
const read = (document: unknown) => readPolicyDocument(JSON.stringify(document), LANGUAGE);
const wrong = (document: unknown): string => {
  try {
    read(document);
    return 'it was read';
  } catch (error) {
    return (error as Error).message;
  }
};

const WHOLE = {
  id: 'refunds', description: 'Refunds above the counter', effect: 'require_approval',
  agents: { ids: ['agt_1'], tags: ['support'], owners: [{ kind: 'team', id: 'team_x' }], registered_by: ['admin'], attested_by: ['kubernetes'] },
  principals: { kinds: ['user'], ids: ['usr_1'], roles: ['clerk'], tenants: ['acme'], claims: { department: ['billing'] } },
  targets: { resources: ['https://a.example'], connections: ['con_1'], scopes: ['refund'], tools: ['pay_back'], grant_types: ['authorization_code'] },
  unless: { agents: { tags: ['trusted'] }, principals: { roles: ['boss'] }, targets: { scopes: ['read'] } },
  condition: 'history.first_use',
};

describe('a policy document', () => {
  it('with every member there is is read as it was written', () => {
    expect(read({ rules: [WHOLE, allow] })).toEqual({ rules: [WHOLE, allow] });
    expect(read({ rules: [] })).toEqual({ rules: [] });
  });

  it.each([
    [[], 'it must be an object'],
    [{}, 'rules must be a list'],
    [{ rules: {} }, 'rules must be a list'],
    [{ rules: [], version: 2 }, 'version is not known; known is rules'],
    [{ rules: [allow, 5] }, 'rules[1] must be an object'],
    [{ rules: [{ effect: 'allow' }] }, 'rules[0].id is missing'],
    [{ rules: [{ id: 'a', effect: 'permit' }] }, 'rules[0].effect must be one of allow, deny, require_approval, require_mfa'],
    [{ rules: [{ id: 'r'.repeat(257), effect: 'deny' }] }, 'rules[0].id must be a text of 1 to 256 characters'],
    [{ rules: [{ ...allow, when: 'full moon' }] }, 'rules[0].when is not known; known are id, description, effect, agents, principals, targets, unless, condition'],
    [{ rules: [{ ...allow, agents: { tag: ['x'] } }] }, 'rules[0].agents.tag is not known; known are ids, tags, owners, registered_by, attested_by'],
    [{ rules: [{ ...allow, agents: {} }] }, 'rules[0].agents must have at least one member'],
    [{ rules: [{ ...allow, agents: { tags: [] } }] }, 'rules[0].agents.tags must be a list with at least one entry; leave it out to mean all'],
    [{ rules: [{ ...allow, agents: { tags: 'x' } }] }, 'rules[0].agents.tags must be a list with at least one entry; leave it out to mean all'],
    [{ rules: [{ ...allow, agents: { tags: ['x', 5] } }] }, 'rules[0].agents.tags[1] must be a text of 1 to 256 characters'],
    [{ rules: [{ ...allow, agents: { owners: [{ kind: 'team' }] } }] }, 'rules[0].agents.owners[0].id is missing'],
    [{ rules: [{ ...allow, principals: { claims: { Department: ['x'] } } }] }, 'rules[0].principals.claims.Department can\'t be a name here: ^[a-z][a-z0-9_]{0,63}$'],
    [{ rules: [{ ...allow, unless: { condition: 'true' } }] }, 'rules[0].unless.condition is not known; known are agents, principals, targets'],
    [{ rules: [allow, allow] }, 'two rules have the same id'],
  ])('%j is refused: %s', (document, message) => {
    expect(wrong(document)).toBe(`The policy document is not valid: ${message}.`);
  });

  it('that is no JSON, or in a language of the future, is refused', () => {
    expect(() => readPolicyDocument('{', LANGUAGE)).toThrow('it is not JSON');
    expect(() => readPolicyDocument('{"rules":[]}', LANGUAGE + 1)).toThrow('it is in language 3, which this version of Mandate does not know');
  });

  it('names no member back that could do harm where it is shown', () => {
    expect(wrong({ rules: [{ ...allow, '<script>': 1 }] })).toContain('rules[0].a member is not known');
    expect(wrong(JSON.parse('{"rules":[{"id":"a","effect":"allow","__proto__":{"effect":"deny"}}]}'))).toContain('rules[0].__proto__ is not known');
  });
});

describe('the published JSON Schema', () => {
  const validate = new Ajv2020({ strict: true }).compile(policySchema);

  it('is what docs/policy.schema.json says', () => {
    expect(JSON.parse(readFileSync(join(ROOT, 'docs/policy.schema.json'), 'utf8'))).toEqual(policySchema);
  });

  it('takes what the hub takes and refuses what the hub refuses, but for the ids that it can\'t compare', () => {
    const seen = { taken: 0, refused: 0 };
    // Documents one step away from a whole one: a member left out, or something else in its place.
    const junk = fc.constantFrom<unknown>(undefined, null, 5, '', 'x', [], ['x'], {}, { x: ['x'] }, [{ kind: 'team', id: 'x' }], ['admin'], 'allow', 'x'.repeat(3000));
    const paths = pathsOf(WHOLE);
    fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), junk), { maxLength: 2 }), (changes) => {
      const rule = changes.reduce<unknown>((whole, [path, value]) => put(whole, path, value), WHOLE);
      const document = JSON.parse(JSON.stringify({ rules: [rule] })) as unknown;
      const isRead = wrong(document) === 'it was read';
      expect([document, validate(document)]).toEqual([document, isRead]);
      seen[isRead ? 'taken' : 'refused'] += 1;
    }), { numRuns: 2000 });
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(200);
  });
});

type Path = readonly string[];
const pathsOf = (value: unknown, before: Path = []): readonly Path[] => {
  if (typeof value !== 'object' || value === null) return [before];
  return [...(before.length > 0 ? [before] : []), ...Object.entries(value).flatMap(([name, item]) => pathsOf(item, [...before, name]))];
};
const put = (into: unknown, [name, ...rest]: Path, value: unknown): unknown => {
  if (typeof into !== 'object' || into === null) return into;
  const copy = (Array.isArray(into) ? [...(into as unknown[])] : { ...into }) as Record<string, unknown>;
  copy[name!] = rest.length === 0 ? value : put(copy[name!], rest, value);
  return copy;
};
