import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Position } from '../../../src/domain/kernel/event.js';
import { EventStoreLedger } from '../../../src/platform/ledger/event-store-ledger.js';
import type { KeptEvent, KeptLog, KeptPage } from '../../../src/platform/ledger/kept-log.js';
import { SqliteLedger } from '../../../src/platform/ledger/sqlite-ledger.js';
import { type CopyReport, copyLedger } from '../../../src/platform/transfer/copy-ledger.js';
import { EventStoreTarget } from '../../../src/platform/transfer/event-store-target.js';
import { type LedgerTarget, NotACopy, Unsettled } from '../../../src/platform/transfer/ledger-target.js';
import { ledgerNamed, openKeptLog } from '../../../src/platform/transfer/open-kept-log.js';
import { SqliteTarget } from '../../../src/platform/transfer/sqlite-target.js';
import { fillLedger, linesOf, linesOfFile } from '../../support/filled-ledger.js';
import { eventStoreUrl, suspended, temporaryDirectory, unique } from '../../support/ledgers.js';

let directory: ReturnType<typeof temporaryDirectory>;
let from: string;
let to: string;
beforeEach(() => {
  directory = temporaryDirectory();
  [from, to] = [join(directory.path, 'from.db'), join(directory.path, 'to.db')];
});
afterEach(() => directory.remove());

const silent = { found: () => undefined, copied: () => undefined, compared: () => undefined };
const copy = async (given?: LedgerTarget): Promise<CopyReport> => {
  const target = given ?? (await SqliteTarget.open(to));
  const source = await openKeptLog(ledgerNamed(from));
  try {
    return await copyLedger(source, target, silent);
  } finally {
    await source.close();
    await target.close();
  }
};
const append = async (file: string, stream: string): Promise<void> => {
  const ledger = await SqliteLedger.open({ file, now: Date.now });
  await ledger.append(stream, 'any', [suspended('more')]);
  await ledger.close();
};

describe('a copy of a ledger', () => {
  it('has the same events with the same ids, streams, revisions, times and data, in the same order', async () => {
    await fillLedger(from, 2_345);
    const report = await copy();
    expect(report).toMatchObject({ events: 2_345, written: 2_345, streams: 472 });
    expect(await linesOfFile(to)).toEqual(await linesOfFile(from));
    // And it is a ledger that goes on.
    await append(to, 'agent-1');
    expect((await linesOfFile(to)).length).toBe(2_346);
  });

  it('is made again without writing anything, and goes on with what has come since', async () => {
    await fillLedger(from, 100);
    const first = await copy();
    expect(await copy()).toEqual({ ...first, written: 0 });
    await append(from, 'agent-1');
    expect(await copy()).toMatchObject({ events: 101, written: 1 });
    expect(await linesOfFile(to)).toEqual(await linesOfFile(from));
  });

  it('is not made over anything else: another ledger, or this one with an event of its own', async () => {
    await fillLedger(from, 100);
    await fillLedger(to, 3);
    const other = await linesOfFile(to);
    await expect(copy()).rejects.toThrow(/holds something else .*Copy into an empty one/);
    expect(await linesOfFile(to)).toEqual(other);
    to = join(directory.path, 'third.db');
    await copy();
    await append(to, 'agent-1');
    await expect(copy()).rejects.toThrow(NotACopy);
  });

  it('of an empty ledger is an empty ledger', async () => {
    await fillLedger(from, 0);
    expect(await copy()).toMatchObject({ events: 0, written: 0, streams: 0 });
  });

  it.each([1, 4_000, 9_000])('goes on where it stopped when the process dies after %i events', async (count) => {
    await fillLedger(from, 10_000);
    const script = new URL('./copy-child.js', import.meta.url).pathname;
    const running = spawn(process.execPath, [script, from, to], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(running, 'exit');
    for await (const line of createInterface({ input: running.stdout })) if (Number(line) >= count) running.kill('SIGKILL');
    expect((await exited)[1]).toBe('SIGKILL');
    const report = await copy();
    expect(report.events).toBe(10_000);
    expect(report.written).toBeLessThan(10_000);
    expect(await linesOfFile(to)).toEqual(await linesOfFile(from));
  }, 60_000);

  it('looks at what is there when nobody knows what was written, and writes nothing twice', async () => {
    await fillLedger(from, 9_000);
    const inner = await SqliteTarget.open(to);
    let writes = 0;
    const unsettled: LedgerTarget = {
      readKept: (after, limit) => inner.readKept(after, limit),
      head: () => inner.head(),
      close: () => inner.close(),
      write: async (events) => {
        writes += 1;
        // Every second time the answer is lost: with nothing, a part, or all of it written.
        if (writes % 2 === 1) return inner.write(events);
        if (writes % 3 > 0) await inner.write(events.slice(0, Math.ceil(events.length / (writes % 3))));
        throw new Unsettled('no answer');
      },
    };
    expect(await copy(unsettled)).toMatchObject({ events: 9_000, written: 9_000 });
    expect(await linesOfFile(to)).toEqual(await linesOfFile(from));
  });

  it('says so when what was copied does not read as the original does', async () => {
    await fillLedger(from, 50);
    const inner = await SqliteTarget.open(to);
    const forgetful: LedgerTarget = {
      readKept: (after, limit) => inner.readKept(after, limit), head: () => inner.head(), close: () => inner.close(),
      write: (events) => inner.write(events.map((event, n) => (n === 33 ? { ...event, data: event.data.replace(/“\d+”/, '“another”') } : event))),
    };
    await expect(copy(forgetful)).rejects.toThrow(/The two ledgers differ: AgentSuspended \S+ at \S+34 stands where/);
  });
});

/** Of a store that others use too: only what a test wrote. */
const onlyOf = (log: KeptLog, start: Position, mark: string) => ({
  readKept: async (after: Position, limit: number): Promise<KeptPage> => {
    const page = await log.readKept(after === '' ? start : after, limit);
    return { ...page, events: page.events.filter(({ stream }) => stream.includes(mark)) };
  },
  head: () => log.head(),
  close: () => log.close(),
});

const suite = eventStoreUrl ? describe : describe.skip;
suite('a copy into an event store (needs EVENTSTORE_URL, for example esdb://127.0.0.1:2113?tls=false)', () => {
  const withTarget = async <T>(run: (target: LedgerTarget & { readonly mark: string }) => Promise<T>): Promise<T> => {
    const mark = unique();
    const target = await EventStoreTarget.connect(eventStoreUrl!);
    const shown = onlyOf(target, await target.head(), mark);
    return run({ ...shown, mark, write: (events: readonly KeptEvent[]) => target.write(events) });
  };

  it('has the same events in the same order, with the times at which they happened, and so has the copy of the copy', () =>
    withTarget(async (target) => {
      await fillLedger(from, 6_000, target.mark);
      const { close, ...open } = target;
      const there = { ...open, close: async () => undefined };
      const report = await copy(there);
      expect(report).toMatchObject({ events: 6_000, written: 6_000 });
      const original = await linesOfFile(from);
      expect(await linesOf(there)).toEqual(original);
      const back = await SqliteTarget.open(to);
      expect(await copyLedger(there, back, silent)).toEqual({ ...report, written: 6_000 });
      await back.close();
      await close();
      expect(await linesOfFile(to)).toEqual(original);
    }), 60_000);

  it('goes on where it stopped', () =>
    withTarget(async (target) => {
      await fillLedger(from, 5_000, target.mark);
      const { close, ...open } = target;
      let writes = 0;
      const stopping = {
        ...open, close: async () => undefined,
        write: (events: readonly KeptEvent[]) => {
          writes += 1;
          if (writes === 2) throw new Error('stopped');
          return target.write(events);
        },
      };
      await expect(copy(stopping)).rejects.toThrow('stopped');
      const report = await copy({ ...stopping, write: target.write });
      expect(report).toMatchObject({ events: 5_000, written: 3_000 });
      await close();
    }), 60_000);

  it('is a ledger that decides and goes on as the original would', () =>
    withTarget(async (target) => {
      await fillLedger(from, 30, target.mark);
      await copy({ ...target, close: async () => undefined });
      const original = await SqliteLedger.open({ file: from, now: Date.now });
      const ledger = await EventStoreLedger.connect({ url: eventStoreUrl! });
      const stream = `activity-${target.mark}-1`;
      const [was, is] = [await original.readStream(stream), await ledger.readStream(stream)];
      expect(is).toEqual(was.map((event, n) => ({ ...event, position: is[n]!.position })));
      await expect(ledger.append(stream, 'none', [suspended('no')])).rejects.toThrow(/is at/);
      expect((await ledger.append(stream, was.length - 1, [suspended('next')])).revision).toBe(was.length);
      await Promise.all([original.close(), ledger.close(), target.close()]);
    }));
});
