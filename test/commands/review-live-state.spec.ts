import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LiveState } from '../../src/commands/live-state.js';
import { LedgerUnavailable } from '../../src/domain/ports/ledger.js';
import { MemoryLedger } from '../../src/platform/ledger/memory-ledger.js';
import { TestClock } from '../support/test-clock.js';

describe('a node that waited in vain for an event of its own', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  it('is behind, and no longer once the ledger has nothing that it has not seen', async () => {
    const clock = new TestClock();
    const ledger = new MemoryLedger(() => clock.now());
    const live = new LiveState(ledger, clock);
    await live.start();
    const waiting = live.at('an append that failed after all', [], () => undefined).catch((error: unknown) => error);

    clock.advance(3);
    await jest.advanceTimersByTimeAsync(250);
    expect(await waiting).toBeInstanceOf(LedgerUnavailable);
    expect(live.problem()).toMatch('behind');

    await jest.advanceTimersByTimeAsync(250);
    expect(live.problem()).toBeUndefined();
    live.stop();
    await ledger.close();
  });
});
