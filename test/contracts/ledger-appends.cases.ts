import assert from 'node:assert/strict';
import type { NewEvent } from '../../src/domain/kernel/event.js';
import { EventTooLarge, type Expected, LedgerUnavailable, MAX_APPEND_BYTES, WrongExpectedRevision } from '../../src/domain/ports/ledger.js';
import { envelope, readEverything, reasonsOf, revoked, suspended, unique } from '../support/ledgers.js';
import type { ContractCase } from './ledger.contract.js';
import { onLedger } from './with-ledger.js';

const conflict = (expected: Expected, actual: number | 'none') => (error: unknown) => {
  assert.ok(error instanceof WrongExpectedRevision, String(error));
  assert.deepEqual({ expected: error.expected, actual: error.actual }, { expected, actual });
  return true;
};
const unstorable = (data: unknown): NewEvent => ({ ...suspended(''), data });

export const appendCases: readonly ContractCase[] = [
  onLedger('an event comes back as it was given, with its place', async (ledger, mark) => {
    const event = suspended('spoke out of turn');
    const { revision, position } = await ledger.append(`agent-${mark}`, 'none', [event]);
    const [read] = await ledger.readStream(`agent-${mark}`);
    assert.ok(read);
    const { recordedAt, ...rest } = read;
    assert.deepEqual(rest, { ...event, stream: `agent-${mark}`, revision: 0, position });
    assert.equal(revision, 0);
    assert.equal(new Date(recordedAt).toISOString(), recordedAt);
  }),

  onLedger('the events of one append stand next to each other, and the answer names the last', async (ledger, mark) => {
    await ledger.append(`agent-${mark}`, 'none', [suspended('0')]);
    const appended = await ledger.append(`agent-${mark}`, 0, [suspended('1'), suspended('2'), revoked('3')]);
    const events = await ledger.readStream(`agent-${mark}`);
    assert.deepEqual(
      events.map(({ revision }) => revision),
      [0, 1, 2, 3],
    );
    assert.deepEqual(appended, { revision: 3, position: events[3]!.position });
  }),

  onLedger('an append that expects another revision is refused, says the real one, and writes nothing', async (ledger, mark) => {
    const stream = `agent-${mark}`;
    await assert.rejects(ledger.append(stream, 0, [suspended('x')]), conflict(0, 'none'));
    await ledger.append(stream, 'none', [suspended('0'), suspended('1')]);
    await assert.rejects(ledger.append(stream, 'none', [suspended('x')]), conflict('none', 1));
    await assert.rejects(ledger.append(stream, 0, [suspended('x')]), conflict(0, 1));
    await assert.rejects(ledger.append(stream, 2, [suspended('x')]), conflict(2, 1));
    assert.deepEqual(reasonsOf(await ledger.readStream(stream)), ['0', '1']);
  }),

  onLedger('of 40 parallel appends with the same expectation exactly one wins, at every revision', async (ledger, mark) => {
    const stream = `agent-${mark}`;
    const won: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const results = await Promise.allSettled(
        Array.from({ length: 40 }, (_, n) =>
          ledger.append(stream, round === 0 ? 'none' : round - 1, [suspended(`${round}.${n}`)]).then(() => `${round}.${n}`),
        ),
      );
      const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      assert.equal(winners.length, 1);
      won.push(winners[0]!);
      for (const result of results) if (result.status === 'rejected') conflict(round === 0 ? 'none' : round - 1, round)(result.reason);
    }
    assert.deepEqual(reasonsOf(await ledger.readStream(stream)), won);
  }),

  onLedger('appends that expect nothing all succeed, each at a place of its own', async (ledger, mark) => {
    const stream = `activity-${mark}`;
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const events = Array.from({ length: 1 + (n % 3) }, (__, m) => suspended(`${n}.${m}`));
        return { n, count: events.length, ...(await ledger.append(stream, 'any', events)) };
      }),
    );
    const events = await ledger.readStream(stream);
    assert.equal(
      events.length,
      answers.reduce((sum, { count }) => sum + count, 0),
    );
    for (const { n, count, revision, position } of answers) {
      assert.deepEqual(
        reasonsOf(events.slice(revision + 1 - count, revision + 1)),
        Array.from({ length: count }, (_, m) => `${n}.${m}`),
      );
      assert.ok(position >= events[revision]!.position);
    }
  }),

  onLedger('appends to many streams at once do not hinder each other', async (ledger, mark) => {
    const streams = Array.from({ length: 50 }, (_, n) => `agent-${mark}-${n}`);
    await Promise.all(
      streams.map(async (stream) => {
        await ledger.append(stream, 'none', [suspended('0')]);
        await ledger.append(stream, 0, [suspended('1'), suspended('2')]);
        await ledger.append(stream, 2, [suspended('3')]);
      }),
    );
    for (const stream of streams) assert.deepEqual(reasonsOf(await ledger.readStream(stream)), ['0', '1', '2', '3']);
  }),

  onLedger('more than 1 MiB in one append is refused, whole, and appends beside it succeed', async (ledger, mark) => {
    const before = await ledger.head();
    const half = () => revoked('h'.repeat(MAX_APPEND_BYTES / 2));
    const beside = (n: number) => ledger.append(`agent-${mark}-${n}`, 'none', [suspended('beside')]);
    const results = await Promise.allSettled([
      beside(1),
      ledger.append(`agent-${mark}`, 'any', [revoked('x'.repeat(MAX_APPEND_BYTES))]),
      beside(2),
      ledger.append(`agent-${mark}`, 'any', [half(), half()]),
      beside(3),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    );
    for (const result of results)
      if (result.status === 'rejected') assert.ok(result.reason instanceof EventTooLarge, String(result.reason));
    assert.equal((await readEverything(ledger, before, { streamPrefixes: [`agent-${mark}`] })).length, 3);
  }),

  onLedger('just below 1 MiB is stored and comes back', async (ledger, mark) => {
    const one = (n: number) => suspended(String(n).padEnd(480, '.'));
    const { id: _, type: __, data, ...metadata } = one(0);
    const count = Math.floor(MAX_APPEND_BYTES / (JSON.stringify(data).length + JSON.stringify(metadata).length));
    const events = Array.from({ length: count }, (___, n) => one(n));
    assert.equal((await ledger.append(`agent-${mark}`, 'none', events)).revision, count - 1);
    assert.deepEqual(reasonsOf(await ledger.readStream(`agent-${mark}`)), reasonsOf(events as never));
    await assert.rejects(ledger.append(`agent-${mark}`, 'any', [...events, one(count)]), EventTooLarge);
  }),

  onLedger('what is not JSON is refused, and appends beside it succeed', async (ledger, mark) => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    for (const data of [{ reason: 1n }, cycle, undefined, () => 'code'])
      await assert.rejects(ledger.append(`agent-${mark}`, 'any', [suspended('first'), unstorable(data)]), EventTooLarge);
    await ledger.append(`agent-${mark}`, 'none', [suspended('well formed')]);
    assert.deepEqual(reasonsOf(await ledger.readStream(`agent-${mark}`)), ['well formed']);
  }),

  onLedger('an append that makes no sense is a TypeError and writes nothing', async (ledger, mark) => {
    const stream = `agent-${mark}`;
    for (const name of ['', '$streams', '$$agent-1', 'agent-\u0000', 'agent-\ud800'])
      await assert.rejects(ledger.append(name, 'any', [suspended('x')]), TypeError);
    for (const expected of [-1, 0.5, Number.NaN, 2 ** 53])
      await assert.rejects(ledger.append(stream, expected, [suspended('x')]), TypeError);
    await assert.rejects(ledger.append(stream, 'any', []), TypeError);
    await assert.rejects(ledger.append(stream, 'any', [suspended('x', 'not-a-uuid')]), TypeError);
    await assert.rejects(ledger.append(stream, 'any', [{ ...suspended('x'), version: 999 }]), TypeError);
    await assert.rejects(ledger.append(stream, 'any', [envelope({ type: 'NeverDeclared', data: {} })]), /NeverDeclared/);
    assert.deepEqual(await ledger.readStream(stream), []);
  }),

  onLedger(
    'texts and stream names of every script, and those that JavaScript uses itself, come back as they were',
    async (ledger, mark) => {
      const words = [
        '__proto__',
        'constructor',
        'toString',
        'Zoë 漢字 🤖',
        '\u202eright to left',
        `quote ' " \\ % _ /`,
        'a\u0000b\nc',
        '\ud800 alone',
        '{"type":"x"}',
      ];
      for (const word of words) {
        const stream = `agent-${mark}-${word}`.replaceAll(/[\p{Surrogate}\p{Control}]/gu, '');
        await ledger.append(stream, 'none', [suspended(word)]);
        const events = await ledger.readStream(stream);
        assert.deepEqual(
          events.map((event) => [event.stream, ...reasonsOf([event])]),
          [[stream, word]],
        );
      }
      assert.deepEqual(await ledger.readStream('__proto__'), []);
    },
  ),

  {
    name: 'time never goes backwards along the order, even when the clock does',
    run: async (adapter) => {
      let now = Date.UTC(2026, 0, 1);
      const { ledger, dispose } = await adapter.open(() => (now -= 60_000));
      const mark = unique();
      try {
        for (let n = 0; n < 5; n += 1) await ledger.append(`agent-${mark}`, 'any', [suspended(String(n))]);
        const times = (await ledger.readStream(`agent-${mark}`)).map(({ recordedAt }) => recordedAt);
        assert.deepEqual(times, times.toSorted());
      } finally {
        await dispose();
      }
    },
  },

  onLedger('a closed ledger refuses everything with LedgerUnavailable, after it has finished what was under way', async (ledger, mark) => {
    const underWay = ledger.append(`agent-${mark}`, 'none', [suspended('last')]);
    const closing = ledger.close();
    await assert.rejects(ledger.append(`agent-${mark}`, 'any', [suspended('too late')]), LedgerUnavailable);
    assert.equal((await underWay).revision, 0);
    await closing;
    await assert.rejects(ledger.readStream(`agent-${mark}`), LedgerUnavailable);
    await assert.rejects(ledger.readAll('', 1), LedgerUnavailable);
    await assert.rejects(ledger.head(), LedgerUnavailable);
    await ledger.close();
  }),
];
