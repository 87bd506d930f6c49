import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { WrongExpectedRevision } from '../../src/domain/ports/ledger.js';
import { reasonsOf, suspended } from '../support/ledgers.js';
import type { ContractCase } from './ledger.contract.js';
import { onLedger } from './with-ledger.js';

/** What a caller does whose answer got lost: the same ids with the same expectation. */
export const retryCases: readonly ContractCase[] = [
  onLedger('a retry gets the original answer and writes nothing', async (ledger, mark) => {
    for (const [n, expected] of (['none', 1, 'any'] as const).entries()) {
      const stream = `agent-${mark}-${n}`;
      if (expected === 1) await ledger.append(stream, 'none', [suspended('a'), suspended('b')]);
      const events = [suspended('c'), suspended('d')];
      const first = await ledger.append(stream, expected, events);
      assert.deepEqual(await ledger.append(stream, expected, events), first);
      assert.equal((await ledger.readStream(stream)).length, first.revision + 1);
    }
  }),

  onLedger('a retry gets the original answer even when other events have followed', async (ledger, mark) => {
    for (const [n, expected] of (['none', 'any'] as const).entries()) {
      const stream = `agent-${mark}-${n}`;
      const event = suspended('mine');
      const first = await ledger.append(stream, expected, [event]);
      await ledger.append(stream, 0, [suspended('another')]);
      await ledger.append(stream, 1, [suspended('one more')]);
      assert.deepEqual(await ledger.append(stream, expected, [event]), first);
      assert.deepEqual(reasonsOf(await ledger.readStream(stream)), ['mine', 'another', 'one more']);
    }
  }),

  onLedger('a retry that overtakes its own first attempt is the same append', async (ledger, mark) => {
    const event = suspended('twice');
    const answers = await Promise.all(Array.from({ length: 8 }, () => ledger.append(`agent-${mark}`, 'none', [event])));
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal((await ledger.readStream(`agent-${mark}`)).length, 1);
  }),

  onLedger('a retry that carries anything else is a conflict', async (ledger, mark) => {
    const stream = `agent-${mark}`;
    const [a, b] = [suspended('a'), suspended('b')];
    await ledger.append(stream, 'none', [a, b]);
    await assert.rejects(ledger.append(stream, 'none', [b]), WrongExpectedRevision);
    await assert.rejects(ledger.append(stream, 'none', [a, suspended('other')]), WrongExpectedRevision);
    await assert.rejects(ledger.append(stream, 'none', [a, b, suspended('more')]), WrongExpectedRevision);
    assert.deepEqual(reasonsOf(await ledger.readStream(stream)), ['a', 'b']);
  }),

  onLedger('the same id in another stream is another event', async (ledger, mark) => {
    const id = randomUUID();
    await ledger.append(`agent-${mark}-1`, 'none', [suspended('one', id)]);
    await ledger.append(`agent-${mark}-2`, 'none', [suspended('two', id)]);
    assert.deepEqual(reasonsOf(await ledger.readStream(`agent-${mark}-2`)), ['two']);
  }),
];
