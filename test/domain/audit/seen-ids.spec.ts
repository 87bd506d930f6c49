import { describe, expect, it } from '@jest/globals';
import { SeenIds } from '../../../src/domain/audit/seen-ids.js';

describe('the names that were seen', () => {
  it('are known again, each of them and no other, though they differ by a character', () => {
    const seen = new SeenIds();
    const names = Array.from({ length: 50_000 }, (_, n) => `tok_${n}`);
    expect(names.filter((name) => !seen.add(name))).toEqual([]);
    expect(names.filter((name) => seen.add(name) || !seen.has(name))).toEqual([]);
    expect(names.filter((name) => seen.has(`${name}x`) || seen.has(name.slice(1)))).toEqual([]);
  });

  it('are told apart by their order, their length and by signs beyond ASCII', () => {
    const seen = new SeenIds();
    const names = ['', 'ab', 'ba', 'a', 'b', 'aa', '\u0000', '\u0000\u0000', 'ü', 'u', '\u{1d6ff}', '\u{1d6fe}'];
    expect(names.map((name) => [seen.has(name), seen.add(name), seen.has(name)])).toEqual(names.map(() => [false, true, true]));
  });
});
