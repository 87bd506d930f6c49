import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { spreadRetries } from '../../src/api/errors/retry-after.js';

const ids = Array.from({ length: 2_000 }, (_, n) => `req_${createHash('sha256').update(String(n)).digest('base64url').slice(0, 22)}`);
const told = (seconds: string): readonly string[] => ids.map((id) => spreadRetries({ 'retry-after': seconds, 'x-other': 'kept' }, id)['retry-after']!);

describe('Retry-After', () => {
  it('spreads those who are told to come again soon evenly over five seconds, so that they are not the next outage (F-34)', () => {
    const counts = new Map<string, number>();
    for (const seconds of told('1')) counts.set(seconds, (counts.get(seconds) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(['1', '2', '3', '4', '5']);
    for (const count of counts.values()) expect(Math.abs(count - ids.length / 5)).toBeLessThan(ids.length / 20);
  });

  it('leaves longer waits and answers without one as they are', () => {
    expect(new Set(told('30'))).toEqual(new Set(['30']));
    expect(spreadRetries({ 'x-other': 'kept' }, ids[0]!)).toEqual({ 'x-other': 'kept' });
  });
});
