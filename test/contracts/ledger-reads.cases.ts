import assert from 'node:assert/strict';
import { isAfter } from '../../src/domain/kernel/event.js';
import { readEverything, reasonOf, reasonsOf, suspended } from '../support/ledgers.js';
import type { ContractCase } from './ledger.contract.js';
import { onLedger } from './with-ledger.js';

const numbers = (count: number, from = 0): readonly string[] => Array.from({ length: count }, (_, n) => String(from + n));

export const readCases: readonly ContractCase[] = [
  onLedger('an unknown stream is empty', async (ledger, mark) => {
    assert.deepEqual(await ledger.readStream(`agent-${mark}`), []);
    assert.deepEqual(await ledger.readStream(`agent-${mark}`, 7), []);
  }),

  onLedger('a stream is read from any revision on; beyond its end there is nothing', async (ledger, mark) => {
    const stream = `agent-${mark}`;
    await ledger.append(
      stream,
      'none',
      numbers(5).map((n) => suspended(n)),
    );
    assert.deepEqual(reasonsOf(await ledger.readStream(stream, 3)), ['3', '4']);
    assert.deepEqual(await ledger.readStream(stream, 5), []);
    assert.deepEqual(await ledger.readStream(stream, 5_000), []);
  }),

  onLedger('of a stream no more is read than is asked for', async (ledger, mark) => {
    const stream = `activity-${mark}`;
    for (let n = 0; n < 1_500; n += 500)
      await ledger.append(
        stream,
        'any',
        numbers(500, n).map((name) => suspended(name)),
      );
    assert.deepEqual(reasonsOf(await ledger.readStream(stream, 2, 3)), ['2', '3', '4']);
    assert.deepEqual(reasonsOf(await ledger.readStream(stream, 0, 1_200)), numbers(1_200));
    assert.deepEqual(reasonsOf(await ledger.readStream(stream, 1_000, 1_000)), numbers(500, 1_000));
    assert.deepEqual(await ledger.readStream(stream, 1_500, 1), []);
  }),

  onLedger('a long stream comes whole and in order', async (ledger, mark) => {
    const stream = `activity-${mark}`;
    for (let n = 0; n < 2_500; n += 500)
      await ledger.append(
        stream,
        'any',
        numbers(500, n).map((name) => suspended(name)),
      );
    assert.deepEqual(reasonsOf(await ledger.readStream(stream)), numbers(2_500));
  }),

  onLedger('the whole ledger has one order, without gaps or repetitions, whatever the size of the pages', async (ledger, mark) => {
    const start = await ledger.head();
    const streamPrefixes = [`agent-${mark}`];
    await Promise.all(
      numbers(12).map(async (writer) => {
        for (let n = 0; n < 10; n += 1)
          await ledger.append(`agent-${mark}-${writer}`, 'any', [suspended(`${writer}.${n}.a`), suspended(`${writer}.${n}.b`)]);
      }),
    );
    const whole = await readEverything(ledger, start, { streamPrefixes });
    assert.equal(new Set(reasonsOf(whole)).size, 240);
    assert.equal(whole.length, 240);
    for (const [n, event] of whole.entries()) if (n > 0) assert.ok(isAfter(event.position, whole[n - 1]!.position));
    for (const writer of numbers(12)) {
      const own = whole.filter(({ stream }) => stream === `agent-${mark}-${writer}`);
      assert.deepEqual(own, await ledger.readStream(`agent-${mark}-${writer}`));
    }
    for (const limit of [7, 1_000]) assert.deepEqual(await readEverything(ledger, start, { streamPrefixes }, limit), whole);
  }),

  onLedger('reading goes on exactly behind any position', async (ledger, mark) => {
    const start = await ledger.head();
    const filter = { streamPrefixes: [`agent-${mark}`] };
    await ledger.append(
      `agent-${mark}-1`,
      'none',
      numbers(6).map((n) => suspended(n)),
    );
    await ledger.append(`agent-${mark}-2`, 'none', [suspended('6')]);
    const whole = await readEverything(ledger, start, filter);
    for (const [n, { position }] of whole.entries())
      assert.deepEqual(await readEverything(ledger, position, filter, 2), whole.slice(n + 1));
  }),

  onLedger('a page holds no more than asked for, and says whether it reached the end', async (ledger, mark) => {
    const start = await ledger.head();
    const filter = { streamPrefixes: [`agent-${mark}`] };
    await ledger.append(
      `agent-${mark}`,
      'none',
      numbers(5).map((n) => suspended(n)),
    );
    const page = await ledger.readAll(start, 3, filter);
    assert.deepEqual([reasonsOf(page.events), page.atEnd], [['0', '1', '2'], false]);
    assert.equal(page.next, page.events[2]!.position);
  }),

  onLedger('a filter shows the streams with its prefixes and no others, and moves on over what it hides', async (ledger, mark) => {
    const start = await ledger.head();
    for (const stream of [`agent-${mark}`, `grant-${mark}`, `agents_${mark}`, `policy-${mark}`])
      await ledger.append(stream, 'none', [suspended(stream)]);
    const read = async (...streamPrefixes: string[]) => (await readEverything(ledger, start, { streamPrefixes }, 2)).map(reasonOf);
    assert.deepEqual(await read(`agent-${mark}`, `policy-${mark}`), [`agent-${mark}`, `policy-${mark}`]);
    assert.deepEqual(await read(`agent_${mark}`), []);
    assert.deepEqual(await read(`%${mark}`), []);
    assert.deepEqual(await read(), []);
    let page = await ledger.readAll(start, 100, { streamPrefixes: ['nothing-'] });
    while (!page.atEnd) page = await ledger.readAll(page.next, 100, { streamPrefixes: ['nothing-'] });
    assert.deepEqual(page.events, []);
    assert.ok(!isAfter(await ledger.head(), page.next));
  }),

  onLedger('head is the position of the last event', async (ledger, mark) => {
    const before = await ledger.head();
    const { position } = await ledger.append(`agent-${mark}`, 'none', [suspended('a'), suspended('b')]);
    assert.ok(isAfter(position, before));
    // Others may have written meanwhile where the store is shared.
    assert.ok(!isAfter(position, await ledger.head()));
    const [last] = (await ledger.readStream(`agent-${mark}`)).slice(-1);
    assert.equal(last!.position, position);
  }),

  onLedger('what was appended is seen by every read that begins after the answer', async (ledger, mark) => {
    for (const n of numbers(20)) {
      const start = await ledger.head();
      await ledger.append(`agent-${mark}-${n}`, 'none', [suspended(n)]);
      assert.equal((await ledger.readStream(`agent-${mark}-${n}`)).length, 1);
      assert.equal((await readEverything(ledger, start, { streamPrefixes: [`agent-${mark}-${n}`] })).length, 1);
    }
  }),
];
