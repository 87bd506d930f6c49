import { describe, expect, it } from '@jest/globals';
import { type Appended, type Expected, LedgerUnavailable, WrongExpectedRevision } from '../../src/domain/ports/ledger.js';
import type { NewEvent } from '../../src/domain/kernel/event.js';
import { EventStoreAppends } from '../../src/platform/ledger/event-store-appends.js';
import { Unanswered, untilAnswered, withinTime } from '../../src/platform/patience.js';
import { suspended } from '../support/ledgers.js';

interface Sent {
  readonly stream: string;
  readonly expected: Expected;
  readonly reasons: readonly string[];
  answer(appended: Appended): void;
  fail(error: Error): void;
}
const reasonsOf = (events: readonly NewEvent[]): readonly string[] => events.map(({ data }) => (data as { reason: string }).reason);
/** A server that answers when the case says so. */
const scripted = () => {
  const sent: Sent[] = [];
  const appends = new EventStoreAppends(
    (stream, expected, events) =>
      new Promise((answer, fail) => void sent.push({ stream, expected, reasons: reasonsOf(events), answer, fail })),
  );
  const add = (stream: string, expected: Expected, ...reasons: string[]) =>
    appends.add(stream, { expected, events: reasons.map((reason) => suspended(reason)), bytes: 100 });
  return { sent, appends, add };
};
const settled = () => new Promise(setImmediate);
const place = (revision: number): Appended => ({ revision, position: String(revision).padStart(20, '0') });

describe('appends on their way to the event store', () => {
  it('keep to one at a time for a stream, and do not wait for other streams', async () => {
    const { sent, add } = scripted();
    const [first, second] = [add('agent-1', 'none', 'a'), add('agent-1', 0, 'b')];
    void add('agent-2', 'none', 'c');
    expect(sent.map(({ reasons }) => reasons)).toEqual([['a'], ['c']]);
    sent[0]!.answer(place(0));
    expect(await first).toEqual(place(0));
    await settled();
    expect(sent[2]).toMatchObject({ stream: 'agent-1', expected: 0, reasons: ['b'] });
    sent[2]!.answer(place(1));
    expect(await second).toEqual(place(1));
  });

  it('leave together when they expect nothing, each with the revision of its own last event', async () => {
    const { sent, add } = scripted();
    void add('activity-1', 'any', 'first');
    const waiting = [add('activity-1', 'any', 'a', 'b'), add('activity-1', 'any', 'c'), add('activity-1', 'any', 'd', 'e', 'f')];
    sent[0]!.answer(place(0));
    await settled();
    expect(sent[1]!.reasons).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    sent[1]!.answer(place(6));
    expect((await Promise.all(waiting)).map(({ revision }) => revision)).toEqual([2, 3, 6]);
  });

  it('keep their order around one that expects a revision, which goes alone', async () => {
    const { sent, add } = scripted();
    const all = [
      add('agent-1', 'any', 'a'),
      add('agent-1', 'any', 'b'),
      add('agent-1', 1, 'c'),
      add('agent-1', 'any', 'd'),
      add('agent-1', 'any', 'e'),
    ];
    for (let n = 0; n < 4; n += 1) {
      sent[n]!.answer(place(n));
      await settled();
    }
    await Promise.all(all);
    expect(sent.map(({ reasons }) => reasons)).toEqual([['a'], ['b'], ['c'], ['d', 'e']]);
  });

  it('go one by one when together they conflict: the conflict is that of one, and the others succeed', async () => {
    const { sent, add } = scripted();
    void add('activity-1', 'any', 'first');
    const waiting = Promise.allSettled([add('activity-1', 'any', 'fresh'), add('activity-1', 'any', 'half known')]);
    const conflict = new WrongExpectedRevision('activity-1', 'any', 4);
    sent[0]!.answer(place(0));
    await settled();
    sent[1]!.fail(conflict);
    await settled();
    sent[2]!.answer(place(5));
    await settled();
    sent[3]!.fail(conflict);
    expect(sent.slice(2).map(({ reasons }) => reasons)).toEqual([['fresh'], ['half known']]);
    expect((await waiting).map((result) => (result.status === 'fulfilled' ? result.value.revision : (result.reason as unknown)))).toEqual([
      5,
      conflict,
    ]);
  });

  it('never exceed one MiB together', async () => {
    const { sent, appends } = scripted();
    for (let n = 0; n < 4; n += 1) void appends.add('activity-1', { expected: 'any', events: [suspended(String(n))], bytes: 500_000 });
    sent[0]!.answer(place(0));
    await settled();
    expect(sent[1]!.reasons).toEqual(['1', '2']);
  });

  it('are refused when 50,000 wait already', async () => {
    const { appends, add } = scripted();
    const event = [suspended('x')];
    for (let n = 0; n < 50_000; n += 1) void appends.add('agent-1', { expected: 0, events: event, bytes: 100 });
    await expect(add('agent-2', 'none', 'one too many')).rejects.toThrow(LedgerUnavailable);
  });

  it('keep the stream in order behind one that failed', async () => {
    const { sent, add } = scripted();
    const [first, second] = [add('agent-1', 'none', 'a'), add('agent-1', 'none', 'b')];
    sent[0]!.fail(new LedgerUnavailable('no answer'));
    await expect(first).rejects.toThrow(LedgerUnavailable);
    await settled();
    sent[1]!.answer(place(0));
    expect(await second).toEqual(place(0));
  });
});

describe('patience', () => {
  it('repeats the same call until the answer is definite', async () => {
    let calls = 0;
    const answer = await untilAnswered(5_000, async () => {
      calls += 1;
      if (calls < 3) throw new Unanswered('no answer');
      return 'done';
    });
    expect([answer, calls]).toEqual(['done', 3]);
  });

  it('does not repeat a call that was refused', async () => {
    let calls = 0;
    const refusal = new WrongExpectedRevision('agent-1', 'none', 0);
    const refused = untilAnswered(5_000, () => {
      calls += 1;
      return Promise.reject(refusal);
    });
    await expect(refused).rejects.toBe(refusal);
    expect(calls).toBe(1);
  });

  it('ends with LedgerUnavailable, also when calls never settle', async () => {
    await expect(untilAnswered(200, () => withinTime(20, new Promise(() => undefined)))).rejects.toThrow(LedgerUnavailable);
  });
});
