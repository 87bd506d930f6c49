import { describe, expect, it } from '@jest/globals';
import { RecentPositions } from '../../../src/platform/ledger/recent-positions.js';

const { MOST } = RecentPositions;
const id = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

describe('recent positions', () => {
  it('of as many events as are promised, each is found at its place', () => {
    const recent = new RecentPositions();
    for (let n = 0; n < 3 * MOST; n += 1) recent.add(id(n), n + 1);
    const found = Array.from({ length: MOST }, (_, n) => recent.candidates(id(2 * MOST + n)).join());
    expect(found).toEqual(Array.from({ length: MOST }, (_, n) => String(2 * MOST + n + 1)));
  });

  it('never holds more than twice as many, however many there were', () => {
    const recent = new RecentPositions();
    let most = 0;
    for (let n = 0; n < 3 * MOST; n += 1) {
      recent.add(id(n), n + 1);
      most = Math.max(most, recent.size);
    }
    expect(most).toBe(2 * MOST);
    expect(recent.candidates(id(0))).toEqual([]);
  });

  it('two ids that look alike are both found, the latest first', () => {
    const recent = new RecentPositions();
    recent.add('00000000-0000-4000-8000-0000aaaaaaaa', 1);
    recent.add('11111111-0000-4000-8000-0000aaaaaaaa', 2);
    expect(recent.candidates('00000000-0000-4000-8000-0000aaaaaaaa')).toEqual([2, 1]);
  });

  it('knows nothing of what it was told to forget', () => {
    const recent = new RecentPositions();
    recent.add(id(1), 1);
    recent.clear();
    expect([recent.candidates(id(1)), recent.size]).toEqual([[], 0]);
  });
});
