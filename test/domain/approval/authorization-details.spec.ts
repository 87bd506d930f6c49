import { describe, expect, it } from '@jest/globals';
import { detailsOf, readAuthorizationDetails } from '../../../src/domain/approval/authorization-details.js';

describe('authorization_details (RFC 9396)', () => {
  it('have one spelling for one meaning', () => {
    const one = readAuthorizationDetails('[{"type":"refund","amount":"250.00","to":{"b":1,"a":[true,null]}}]');
    expect(readAuthorizationDetails(' [ {"to":{"a":[true,null],"b":1.0},\n"amount":"250.00","type":"re\\u0066und"} ] ')).toBe(one);
    expect(detailsOf(one)).toEqual([{ type: 'refund', amount: '250.00', to: { a: [true, null], b: 1 } }]);
    expect(readAuthorizationDetails('[{"type":"refund","amount":"250.01","to":{"b":1,"a":[true,null]}}]')).not.toBe(one);
  });

  it.each([
    ['no JSON', 'refund'], ['no list', '{"type":"refund"}'], ['an empty list', '[]'], ['no type', '[{"amount":1}]'], ['an inherited type', '[{"__proto__":{"type":"refund"}}]'],
    ['a type of another kind', '[{"type":1}]'], ['a type with a space', '[{"type":"a b"}]'], ['a text', '["refund"]'], ['too many', `[${Array.from({ length: 11 }, () => '{"type":"a"}').join(',')}]`],
    ['too long', `[{"type":"a","x":"${'x'.repeat(4096)}"}]`], ['too deep', `[{"type":"a","x":${'['.repeat(9)}${']'.repeat(9)}}]`], ['NUL', '[{"type":"a","x":"\\u0000"}]'],
    ['half a surrogate pair', '[{"type":"a","\\ud800":1}]'], ['a number that is read as another one', '[{"type":"a","amount":9007199254740993}]'],
  ])('are refused: %s', (_, text) => {
    expect(() => readAuthorizationDetails(text)).toThrow('authorization_details');
  });
});
