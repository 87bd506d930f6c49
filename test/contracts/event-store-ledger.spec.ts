import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { type Expected, LedgerUnavailable } from '../../src/domain/ports/ledger.js';
import { EventStoreLedger } from '../../src/platform/ledger/event-store-ledger.js';
import { FlakyLink } from '../support/flaky-link.js';
import { eventStoreUrl, readEverything, reasonsOf, suspended, takeEvents, unique } from '../support/ledgers.js';

const suite = eventStoreUrl ? describe : describe.skip;
const restart = process.env['EVENTSTORE_RESTART'];
const timing = { callTimeout: 400, patience: 3_000, silence: 500 };

suite('EventStoreLedger on a bad network (needs EVENTSTORE_URL of one server without TLS)', () => {
  let link: FlakyLink;
  let url: string;
  const onLedger = async (run: (ledger: EventStoreLedger, mark: string) => Promise<void>): Promise<void> => {
    const ledger = await EventStoreLedger.connect({ url, ...timing });
    try {
      await run(ledger, unique());
    } finally {
      link.repair();
      await ledger.close();
    }
  };

  beforeAll(async () => {
    const { hostname, port } = new URL(eventStoreUrl!);
    link = await FlakyLink.to(hostname, Number(port));
    url = `esdb://127.0.0.1:${link.port}?tls=false`;
  });
  afterAll(() => link.close());

  it.each([['none'], [0], ['any']] as [Expected][])(
    'asks again when the answer got lost, expecting %p: one event, its first place',
    (expected) =>
      onLedger(async (ledger, mark) => {
        const stream = `agent-${mark}`;
        if (expected === 0) await ledger.append(stream, 'none', [suspended('before')]);
        else await ledger.readStream(stream);
        const lost = link.loseAnswers();
        const appending = ledger.append(stream, expected, [suspended('once')]);
        await lost;
        link.repair();
        const { revision, position } = await appending;
        const events = (await ledger.readStream(stream)).filter((event) => reasonsOf([event])[0] === 'once');
        expect(events.map((event) => [event.revision, event.position])).toEqual([[revision, position]]);
      }),
  );

  it('gives up in bounded time on a server that is frozen, and works again when it is not', () =>
    onLedger(async (ledger, mark) => {
      const event = suspended('in doubt');
      link.freeze();
      const begun = performance.now();
      const calls = [
        ledger.append(`agent-${mark}`, 'none', [event]),
        ledger.readStream(`agent-${mark}`),
        ledger.readAll('', 10),
        ledger.head(),
      ];
      for (const result of await Promise.allSettled(calls))
        expect(result).toMatchObject({ status: 'rejected', reason: expect.any(LedgerUnavailable) });
      expect(performance.now() - begun).toBeLessThan(timing.patience + timing.callTimeout + 1_000);
      link.repair();
      expect((await ledger.append(`agent-${mark}`, 'none', [event])).revision).toBe(0);
      expect(await ledger.readStream(`agent-${mark}`)).toHaveLength(1);
    }));

  it('refuses to begin without a server, and begins when there is one', async () => {
    link.takeDown();
    await expect(EventStoreLedger.connect({ url, ...timing })).rejects.toThrow(LedgerUnavailable);
    link.repair();
    await onLedger(async (ledger, mark) => expect(await ledger.readStream(`agent-${mark}`)).toEqual([]));
  });

  it(
    'shows a subscriber every event once although the connection breaks again and again, and says each time that it has caught up',
    () =>
      onLedger(async (ledger, mark) => {
        const start = await ledger.head();
        const filter = { streamPrefixes: [`agent-${mark}`] };
        const seen: RecordedEvent[] = [];
        let caughtUp = 0;
        const subscription = ledger.subscribe(start, filter);
        const reading = (async () => {
          for await (const item of subscription) {
            if (item.kind === 'caughtUp') caughtUp += 1;
            else if (seen.push(item.event) === 120) return;
          }
        })();
        for (let n = 0; n < 120; n += 1) {
          await ledger.append(`agent-${mark}-${n % 3}`, 'any', [suspended(String(n))]);
          if (n % 20 === 19) link.repair();
        }
        await reading;
        expect(seen).toEqual(await readEverything(ledger, start, filter));
        expect(new Set(reasonsOf(seen)).size).toBe(120);
        expect(caughtUp).toBeGreaterThan(1);
      }),
    60_000,
  );
});

suite('EventStoreLedger', () => {
  const onLedger = async (run: (ledger: EventStoreLedger, mark: string) => Promise<void>): Promise<void> => {
    const ledger = await EventStoreLedger.connect({ url: eventStoreUrl! });
    try {
      await run(ledger, unique());
    } finally {
      await ledger.close();
    }
  };

  it('sends what waits for one stream as one append, and answers each for itself', () =>
    onLedger(async (ledger, mark) => {
      const answers = await Promise.all(
        Array.from({ length: 400 }, (_, n) => ledger.append(`activity-${mark}`, 'any', [suspended(String(n))])),
      );
      expect(answers.map(({ revision }) => revision)).toEqual(Array.from({ length: 400 }, (_, n) => n));
      expect(ledger.statistics).toEqual({ appends: 400, sent: 2 });
      expect(reasonsOf(await ledger.readStream(`activity-${mark}`))).toEqual(Array.from({ length: 400 }, (_, n) => String(n)));
    }));

  it('finds a retry among what it sends together: its first place, and the others are written', () =>
    onLedger(async (ledger, mark) => {
      const stream = `activity-${mark}`;
      const again = suspended('again');
      const first = await ledger.append(stream, 'any', [again]);
      const [, , retried] = await Promise.all(
        [suspended('a'), suspended('b'), again, suspended('c')].map((event) => ledger.append(stream, 'any', [event])),
      );
      expect(retried).toEqual(first);
      expect(reasonsOf(await ledger.readStream(stream))).toEqual(['again', 'a', 'b', 'c']);
    }));

  it('is one client in one process, however many ledgers', () =>
    onLedger(async (ledger, mark) => {
      await expect(EventStoreLedger.connect({ url: 'esdb://elsewhere.invalid:2113?tls=false' })).rejects.toThrow(/another event store/);
      const second = await EventStoreLedger.connect({ url: eventStoreUrl! });
      await second.append(`agent-${mark}`, 'none', [suspended('shared')]);
      await second.close();
      expect(reasonsOf(await ledger.readStream(`agent-${mark}`))).toEqual(['shared']);
    }));
});

const restarts = eventStoreUrl && restart ? describe : describe.skip;
restarts('EventStoreLedger when its server dies (needs EVENTSTORE_RESTART, a command that kills and starts it; run with --runInBand)', () => {
  it('loses no acknowledged event, writes none twice, and its subscription goes on', async () => {
    const ledger = await EventStoreLedger.connect({ url: eventStoreUrl!, patience: 120_000 });
    const mark = unique();
    const start = await ledger.head();
    const filter = { streamPrefixes: [`agent-${mark}`] };
    const subscription = ledger.subscribe(start, filter);
    let stopping = false;
    const acknowledged = new Map<string, number>();
    const writing = Promise.all(
      Array.from({ length: 24 }, async (_, writer) => {
        for (let n = 0; !stopping; n += 1) {
          const { revision } = await ledger.append(`agent-${mark}-${writer}`, n === 0 ? 'none' : n - 1, [suspended(`${writer}.${n}`)]);
          acknowledged.set(`${writer}.${n}`, revision);
        }
      }),
    );
    while (acknowledged.size < 500) await new Promise(setImmediate);
    // The server takes variables of this name for options of its own.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EVENTSTORE_')));
    await promisify(exec)(restart!, { env });
    const before = acknowledged.size;
    while (acknowledged.size < before + 500) await new Promise(setImmediate);
    stopping = true;
    await writing;
    const whole = await readEverything(ledger, start, filter);
    expect(new Map(whole.map((event) => [reasonsOf([event])[0]!, event.revision]))).toEqual(acknowledged);
    expect(whole).toHaveLength(acknowledged.size);
    expect(await takeEvents(subscription, whole.length)).toEqual(whole);
    await ledger.close();
  }, 180_000);
});
