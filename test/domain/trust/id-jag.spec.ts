import { describe, expect, it } from '@jest/globals';
import { readIdJag } from '../../../src/domain/trust/id-jag.js';

const JAG = { iss: 'https://idp.example', sub: 'person', client_id: 'agt_x', jti: 'j', iat: 1_800_000_000.5, auth_time: 1_799_999_000.75 };
const agreedAt = (more: object): unknown => {
  const read = readIdJag({ ...JAG, ...more }, 'agt_x');
  return typeof read === 'string' ? read : read.agreedAt;
};

describe('when a person was there, as their identity provider says it', () => {
  it.each([-(2 ** 53), -1, 1e308, Number.POSITIVE_INFINITY, '1800000000', null, undefined])('an assertion that was made at %p is refused: no event can hold it', (iat) => {
    expect(agreedAt({ iat })).toBe('assertion.claims_mismatch');
  });

  it('a fraction of a second is left out, never the second', () => expect([agreedAt({}), agreedAt({ auth_time: undefined })]).toEqual([1_799_999_000, 1_800_000_000]));

  it.each([-1, 1e308, 1_800_000_001, '1799999000', null])('%p is no time before the assertion: then it is when the assertion was made', (auth_time) => {
    expect(agreedAt({ auth_time })).toBe(1_800_000_000);
  });
});
