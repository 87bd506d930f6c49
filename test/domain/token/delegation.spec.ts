import { describe, expect, it } from '@jest/globals';
import { MOST_ACTORS, actClaim, actorsOf, extendActors } from '../../../src/domain/token/delegation.js';

describe('the chain of actors (RFC 8693 section 4.1)', () => {
  it('puts who acts now outside and who acted before inside, and reads back the same', () => {
    const act = actClaim(['c', 'b', 'a']);
    expect(act).toEqual({ sub: 'c', act: { sub: 'b', act: { sub: 'a' } } });
    expect(actorsOf(act)).toEqual(['c', 'b', 'a']);
    expect(actorsOf(undefined)).toEqual([]);
  });

  it('grows by whoever takes over, and not by who is at work already', () => {
    expect(extendActors(['a'], 'b', 'usr_1')).toEqual(['b', 'a']);
    expect(extendActors(['a'], 'a', 'usr_1')).toEqual(['a']);
    expect(extendActors([], 'b', 'a')).toEqual(['b']);
    expect(extendActors([], 'a', 'a')).toEqual([]);
  });

  it('TX-08: never comes back to who acted before or to the agent it began with, and ends at five', () => {
    expect(extendActors(['b', 'a'], 'a', 'usr_1')).toBe('delegation.cycle');
    expect(extendActors(['b'], 'a', 'a')).toBe('delegation.cycle');
    const full = Array.from({ length: MOST_ACTORS }, (_, n) => `agt_${n}`);
    expect(extendActors(full, 'agt_new', 'usr_1')).toBe('delegation.too_deep');
    expect(extendActors(full.slice(1), 'agt_new', 'usr_1')).toHaveLength(MOST_ACTORS);
  });
});
