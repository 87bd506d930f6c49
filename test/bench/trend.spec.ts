import { describe, expect, it } from '@jest/globals';
import { Chance } from '../../bench/seed/chance.js';
import { trendOf } from '../../bench/soak/trend.js';

const LEAST = 20;
const around = (level: number, noise: number, rise: number): readonly number[] => {
  const chance = new Chance();
  return Array.from({ length: 24 }, (_, n) => level + (rise * n) / 23 + noise * (chance.next() - 0.5));
};

describe('the verdict of the soak', () => {
  it('sees a leak through the noise, and how large it is', () => {
    const trend = trendOf(around(300, 40, 120), LEAST);
    expect(trend.grows).toBe(true);
    expect(Math.abs(trend.change - 120)).toBeLessThan(trend.doubt);
  });

  it.each([
    ['values that only jump about', around(300, 200, 0)],
    ['a rise that is too little to speak of', around(300, 5, 15)],
    ['what falls', around(300, 20, -150)],
    ['what never changes', Array.from({ length: 24 }, () => 7)],
    ['a single value', [7]],
    ['one bad minute', around(10, 1, 0).map((value, n) => (n === 20 ? 400 : value))],
  ])('does not take for growth %s', (_, values) => {
    expect(trendOf(values, LEAST).grows).toBe(false);
  });
});
