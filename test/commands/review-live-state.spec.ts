import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { LiveEntry } from '../../src/commands/live-entry.js';
import { LiveState } from '../../src/commands/live-state.js';
import { Write } from '../../src/commands/write.js';
import { activityEvents } from '../../src/domain/activity/activity.events.js';
import { agent } from '../../src/domain/agent/agent.decider.js';
import { type Position, SYSTEM } from '../../src/domain/kernel/event.js';
import { type LedgerSubscription, LedgerUnavailable, type SubscriptionItem } from '../../src/domain/ports/ledger.js';
import { PromMetrics } from '../../src/platform/metrics/prom-metrics.js';
import { MemoryLedger } from '../support/memory-ledger.js';
import { TestClock } from '../support/test-clock.js';

describe('a node that waited in vain for an event of its own', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  it('is behind, and no longer once the ledger has nothing that it has not seen', async () => {
    const clock = new TestClock();
    const ledger = new MemoryLedger(() => clock.now());
    const live = new LiveState(ledger, clock);
    await live.start();
    const waiting = new Promise((failed) => live.at('an append that failed after all', [], () => undefined, failed));

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

/** A ledger whose subscription falls silent: no event, no error, no end. */
class SilentLedger extends MemoryLedger {
  silent = false;
  /** No answer comes to whoever asks, ever. */
  mute = false;
  override head(): Promise<Position> {
    return this.mute ? new Promise(() => undefined) : super.head();
  }

  override subscribe(...given: Parameters<MemoryLedger['subscribe']>): LedgerSubscription {
    const inner = super.subscribe(...given);
    const items = async function* (ledger: SilentLedger): AsyncGenerator<SubscriptionItem> {
      for await (const item of inner) {
        if (ledger.silent) await new Promise(() => undefined);
        yield item;
      }
    };
    return { [Symbol.asyncIterator]: () => items(this), close: () => inner.close() };
  }
}

describe('a node that writes nothing', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());
  const event = { id: '00000000-0000-5000-8000-000000000000', type: 'TenantResumed', version: 1, data: {}, tenant: 't', actor: SYSTEM, correlationId: 'c', causationId: 'c' };

  it('notices within seconds that its subscription has fallen silent, and decides nothing from then on', async () => {
    const clock = new TestClock();
    const ledger = new SilentLedger(() => clock.now());
    const live = new LiveState(ledger, clock);
    await live.start();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(live.problem()).toBeUndefined();

    ledger.silent = true;
    await ledger.append('tenant-t', 'none', [event]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(live.problem()).toBeUndefined();
    clock.advance(2);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(live.problem()).toMatch('behind');
    live.stop();
    await ledger.close();
  });

  it('decides nothing while nobody can tell it whether anything is missing, and again once it is told', async () => {
    const clock = new TestClock();
    const ledger = new SilentLedger(() => clock.now());
    const live = new LiveState(ledger, clock);
    await live.start();
    ledger.mute = true;
    await jest.advanceTimersByTimeAsync(1_000);
    clock.advance(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(live.problem()).toBeUndefined();
    clock.advance(2);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(live.problem()).toMatch('behind');

    // An event says as much as an answer.
    await ledger.append('tenant-t', 'none', [event]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(live.problem()).toBeUndefined();
    live.stop();
    await ledger.close();
  });

  it('hears of an answer that came late', async () => {
    const clock = new TestClock();
    const ledger = new SilentLedger(() => clock.now());
    const live = new LiveState(ledger, clock);
    await live.start();
    let answer = (_: Position): void => undefined;
    jest.spyOn(ledger, 'head').mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    await jest.advanceTimersByTimeAsync(1_000);
    clock.advance(3);
    await jest.advanceTimersByTimeAsync(250);
    expect(live.problem()).toMatch('behind');
    answer(live.position);
    await jest.advanceTimersByTimeAsync(250);
    expect(live.problem()).toBeUndefined();
    live.stop();
    await ledger.close();
  });
});

/** A ledger that loses its answers: what was appended is there, and nobody is told. */
class AnswerlessLedger extends MemoryLedger {
  override async append(...given: Parameters<MemoryLedger['append']>): Promise<never> {
    await super.append(...given);
    // The event has come by the subscription before this does.
    await new Promise((later) => setImmediate(later));
    throw new LedgerUnavailable('no answer');
  }
}

describe('a fact that is admitted', () => {
  it('is refused when the outcome of its append is not known, though it was seen at its place and found good', async () => {
    const clock = new TestClock();
    const ledger = new AnswerlessLedger(() => clock.now());
    const live = new LiveState(ledger, clock);
    await live.start();
    const crypto = { randomId: () => 'cmd_1', eventId: () => '6d616e64-6174-5580-8f8e-e0a1b6d2c374' };
    const write = new Write(ledger, live, crypto as never, undefined as never, new PromMetrics());
    const entry = (await live.entry(agent, 'agent-agt_1', 'tnt_1')) as LiveEntry;
    const checked: Position[] = [];

    const fact = activityEvents.TokenVoided({ jti: 'tok_1', agentId: 'agt_1', reason: 'agent.suspended' });
    const admitted = write.admit({ stream: 'activity-agt_1', event: fact, context: { tenant: 'tnt_1', actor: SYSTEM, correlationId: 'req_1' }, relied: [entry] }, (position) => void checked.push(position), () => 'made');
    await expect(admitted).rejects.toThrow('no answer');
    expect(checked).toHaveLength(1);
    expect(entry.pins).toBe(0);
    live.stop();
    await ledger.close();
  });
});
