import { describe, expect, it } from '@jest/globals';
import { VOCABULARY } from '../../src/domain/policy/condition-inputs.js';
import { CelConditions } from '../../src/platform/cel-conditions.js';

const conditions = new CelConditions();
const compile = (expression: string) => conditions.compile(expression, VOCABULARY);
const whyNot = (expression: string): string => {
  try {
    compile(expression);
    return 'it was compiled';
  } catch (error) {
    return (error as Error).message;
  }
};
const inputs = Object.fromEntries(Object.entries({
  agent: { id: 'agt_1', tags: ['a', 'b'], owner: { kind: 'team', id: 'team_x' }, registered_by: 'admin' },
  principal: { kind: 'user', id: 'usr_1', roles: ['clerk'], claims: { department: ['billing'] } },
  target: { kind: 'resource', id: 'res_1', uri: 'https://a.example' }, time: { hour: 12, weekday: 2, epoch: 5 },
}).map(([name, value]) => [name, conditions.bind(value)]));
const answerOf = (expression: string) => compile(expression).parts.map(({ holds }) => holds(inputs));

describe('a condition', () => {
  it.each([
    ['"b" in agent.tags', true],
    ['agent.owner.id == "team_x"', true],
    ['principal.claims.department.exists(d, d.startsWith("bil"))', true],
    ['time.hour >= 8 && time.hour < 12', true, false],
    ['has(principal.claims.region) || principal.roles.size() == 1', true],
    ['has(principal.claims.region) ? principal.claims.region[0] == "eu" : false', false],
    ['target.uri.matches("^https://[a-z]+[.]example$")', true],
    ['principal.claims.region[0] == "eu"', 'condition.missing'],
    ['history.first_use', 'condition.missing'],
    ['principal.claims.department[7] == "eu"', 'condition.missing'],
    ['agent.tags.exists(t, int(t) > 2)', 'condition.error'],
  ])('%s has its answers', (expression, ...answers) => {
    expect(answerOf(expression)).toEqual(answers);
  });

  it('tells its parts and what each looks at', () => {
    const { parts } = compile('history.first_use && (agent.id == "x" || "t" in agent.tags) && principal.roles.all(r, r != scope)');
    expect(parts.map(({ text, mentions }) => [text, [...mentions]])).toEqual([
      ['history.first_use', ['history']], ['agent.id == "x" || "t" in agent.tags', ['agent']], ['principal.roles.all(r, r != scope)', ['principal', 'scope']],
    ]);
  });

  it.each([
    ['', 'it is not CEL: '],
    ['agent.tags &&', 'it is not CEL: '],
    ['agent.tag == "x"', '.tag is not known here; known are id, tags, owner, registered_by'],
    ['user.name == "x"', 'user is not known here; known are agent, principal, tenant, target, scope, tool, grant_type, attested_by, time, history'],
    ['agent.id.length == 3', 'there is no .length of a text'],
    ['agent.constructor == "x"', '.constructor is not known here'],
    ['constructor.name == "x"', 'constructor is not known here'],
    ['__proto__ == "x"', '__proto__ is not known here'],
    ['scope.format(["x"]) == "x"', 'the function format is not known here'],
    ['fetch("https://x.example")', 'the function fetch is not known here'],
    ['agent.id', 'it is a string, neither true nor false'],
    ['time.hour', 'it is a int, neither true nor false'],
    ['time.hour > "8"', 'time.hour > "8": found no matching overload'],
    ['agent.tags.exists(t, t > 1)', 'agent.tags.exists(t, t > 1): found no matching overload'],
    ['agent.tags != "x"', 'agent.tags != "x": compares a list with a string'],
    ['5 in agent.tags', '5 in agent.tags: compares a int with a string'],
    ['true || time.hour == "8"', 'time.hour == "8": compares a int with a string'],
    ['time.hour', 'neither true nor false'],
    ['{"a": true}["a"]', 'maps and messages can\'t be made here'],
    ['google.protobuf.Timestamp{seconds: 5} == 5', 'maps and messages can\'t be made here'],
  ])('%s can\'t be one: %s', (expression, why) => {
    expect(whyNot(expression)).toContain(why);
  });
});

describe('the price of a condition', () => {
  it.each([
    ['longer than 1000 characters', 'true'.padEnd(1001), 'it is longer than 1000 characters'],
    ['of too many parts', Array.from({ length: 101 }, () => '1<2').join('&&'), 'it is too large; write several rules'],
    ['with a loop in a loop', 'agent.tags.exists(a, agent.tags.exists(b, a == b))', 'a macro in a macro (all, exists, map, filter) is not possible'],
    ['with a pattern that is an input', 'scope.matches(agent.id)', 'the pattern of matches must be written out, in quotes'],
    ['with a long pattern', `scope.matches("${'a'.repeat(201)}")`, 'a pattern may have 200 characters'],
    ['with a pattern that needs backtracking', 'scope.matches("(a)\\\\1")', 'the pattern is not valid (RE2)'],
    ['with a pattern that looks around', 'scope.matches("(?=a)b")', 'the pattern is not valid (RE2)'],
    ['with a pattern that is huge when written out', 'scope.matches("((a{100}){100}){100}")', 'the pattern is not valid (RE2)'],
  ])('%s is not paid', (_, expression, why) => {
    expect(whyNot(expression)).toContain(why);
  });

  it('does not depend on what the pattern makes of the text: what kills a backtracking engine is answered', () => {
    const { parts } = compile('scope.matches("^(([a-z])+.)+[A-Z]([a-z])+$")');
    expect(parts[0]!.holds({ ...inputs, scope: 'a'.repeat(10_000) })).toBe(false);
  });
});
