import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import type { Ledger, SubscriptionItem } from '../../src/domain/ports/ledger.js';
import { readEverything, reasonsOf, suspended, takeEvents } from '../support/ledgers.js';
import type { ContractCase } from './ledger.contract.js';
import { onLedger } from './with-ledger.js';

const items = (subscription: AsyncIterable<SubscriptionItem>) => subscription[Symbol.asyncIterator]();
const next = async (iterator: AsyncIterator<SubscriptionItem>): Promise<SubscriptionItem> =>
  (await iterator.next()).value as SubscriptionItem;
const nextEvent = async (iterator: AsyncIterator<SubscriptionItem>): Promise<RecordedEvent> => {
  for (;;) {
    const item = await next(iterator);
    if (item.kind === 'event') return item.event;
  }
};
const write = async (ledger: Ledger, prefix: string, writers: number, each: number): Promise<void> => {
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let n = 0; n < each; n += 1) await ledger.append(`${prefix}-${writer}`, 'any', [suspended(`${writer}.${n}`)]);
    }),
  );
};

export const subscriptionCases: readonly ContractCase[] = [
  onLedger('a subscription gives the history, says that it has caught up, and goes on live', async (ledger, mark) => {
    const start = await ledger.head();
    await ledger.append(`agent-${mark}`, 'none', [suspended('0'), suspended('1')]);
    const iterator = items(ledger.subscribe(start, { streamPrefixes: [`agent-${mark}`] }));
    assert.deepEqual(reasonsOf([await nextEvent(iterator), await nextEvent(iterator)]), ['0', '1']);
    assert.equal((await next(iterator)).kind, 'caughtUp');
    await ledger.append(`agent-${mark}`, 1, [suspended('2')]);
    assert.deepEqual(reasonsOf([await nextEvent(iterator)]), ['2']);
    await iterator.return?.();
  }),

  onLedger('a subscription without history catches up at once, with a position to come back to', async (ledger, mark) => {
    const start = await ledger.head();
    const filter = { streamPrefixes: [`agent-${mark}`] };
    const iterator = items(ledger.subscribe(start, filter));
    const item = await next(iterator);
    assert.equal(item.kind, 'caughtUp');
    await iterator.return?.();
    await ledger.append(`agent-${mark}`, 'none', [suspended('later')]);
    const again = await takeEvents(ledger.subscribe(item.kind === 'caughtUp' ? item.position : '', filter), 1);
    assert.deepEqual(reasonsOf(again), ['later']);
  }),

  onLedger('a subscription says that it has caught up behind the whole history, not amid it', async (ledger, mark) => {
    const start = await ledger.head();
    for (let n = 0; n < 3; n += 1)
      await ledger.append(
        `activity-${mark}`,
        'any',
        Array.from({ length: 400 }, (_, m) => suspended(`${n}.${m}`)),
      );
    let seen = 0;
    for await (const item of ledger.subscribe(start, { streamPrefixes: [`activity-${mark}`] })) {
      if (item.kind === 'caughtUp') break;
      seen += 1;
    }
    assert.equal(seen, 1_200);
  }),

  onLedger('subscribers that come at any time see every event once, in the one order, while others write', async (ledger, mark) => {
    const start = await ledger.head();
    const filter = { streamPrefixes: [`agent-${mark}`] };
    const writing = write(ledger, `agent-${mark}`, 8, 40);
    const subscribers: Promise<readonly RecordedEvent[]>[] = [];
    for (let n = 0; n < 8; n += 1) {
      subscribers.push(takeEvents(ledger.subscribe(start, filter), 320));
      await ledger.append(`agent-${mark}-pace`.replace('agent', 'grant'), 'any', [suspended('pace')]);
    }
    await writing;
    const whole = await readEverything(ledger, start, filter);
    assert.equal(whole.length, 320);
    for (const seen of await Promise.all(subscribers)) assert.deepEqual(seen, whole);
  }),

  onLedger('what has come already can be taken without waiting: every event once, in the one order', async (ledger, mark) => {
    const start = await ledger.head();
    const filter = { streamPrefixes: [`agent-${mark}`] };
    const subscription = ledger.subscribe(start, filter);
    const taken: RecordedEvent[] = [];
    const take = (item: SubscriptionItem): void => {
      if (item.kind === 'event') taken.push(item.event);
    };
    const reading = (async () => {
      for await (const first of subscription) {
        take(first);
        // An event store may send each in a piece of its own; whoever is still at work on the first finds the next here all the same.
        let here = subscription.ready!();
        for (; !here && taken.length < 320; here = subscription.ready!()) await nextTurn();
        for (; here; here = subscription.ready!()) take(here);
        if (taken.length === 320) return;
      }
    })();
    await write(ledger, `agent-${mark}`, 8, 40);
    await reading;
    assert.deepEqual(taken, await readEverything(ledger, start, filter));
  }),

  onLedger('a subscription goes on exactly behind the position it was given, again and again', async (ledger, mark) => {
    const start = await ledger.head();
    const filter = { streamPrefixes: [`agent-${mark}`] };
    const writing = write(ledger, `agent-${mark}`, 4, 20);
    const seen: RecordedEvent[] = [];
    while (seen.length < 80)
      seen.push(...(await takeEvents(ledger.subscribe(seen.at(-1)?.position ?? start, filter), Math.min(9, 80 - seen.length))));
    await writing;
    assert.deepEqual(seen, await readEverything(ledger, start, filter));
  }),

  onLedger('a filter hides the same events live as in the history', async (ledger, mark) => {
    const start = await ledger.head();
    const subscription = ledger.subscribe(start, { streamPrefixes: [`grant-${mark}`, `policy-${mark}`] });
    const taken = takeEvents(subscription, 6);
    for (let n = 0; n < 3; n += 1)
      for (const category of ['agent', 'grant', 'policy'])
        await ledger.append(`${category}-${mark}`, 'any', [suspended(`${category} ${n}`)]);
    assert.deepEqual(reasonsOf(await taken), ['grant 0', 'policy 0', 'grant 1', 'policy 1', 'grant 2', 'policy 2']);
  }),

  onLedger('a subscriber that does not read for long loses nothing and holds up nobody', async (ledger, mark) => {
    const start = await ledger.head();
    const filter = { streamPrefixes: [`activity-${mark}`] };
    const slow = items(ledger.subscribe(start, filter));
    assert.equal((await next(slow)).kind, 'caughtUp');
    const quick = takeEvents(ledger.subscribe(start, filter), 9_000);
    for (let n = 0; n < 60; n += 1)
      await ledger.append(
        `activity-${mark}`,
        'any',
        Array.from({ length: 150 }, (_, m) => suspended(String(n * 150 + m))),
      );
    assert.equal((await quick).length, 9_000);
    const seen: RecordedEvent[] = [];
    while (seen.length < 9_000) seen.push(await nextEvent(slow));
    assert.deepEqual(
      reasonsOf(seen),
      Array.from({ length: 9_000 }, (_, n) => String(n)),
    );
    await slow.return?.();
  }),

  onLedger('close ends the one subscription, and the others go on', async (ledger, mark) => {
    const start = await ledger.head();
    const filter = { streamPrefixes: [`agent-${mark}`] };
    const [ending, going] = [ledger.subscribe(start, filter), ledger.subscribe(start, filter)];
    const iterator = items(ending);
    assert.equal((await next(iterator)).kind, 'caughtUp');
    const waiting = iterator.next();
    ending.close();
    assert.equal((await waiting).done, true);
    assert.equal((await iterator.next()).done, true);
    const taken = takeEvents(going, 1);
    await ledger.append(`agent-${mark}`, 'none', [suspended('still here')]);
    assert.deepEqual(reasonsOf(await taken), ['still here']);
  }),

  onLedger('the end of the ledger is the end of its subscriptions', async (ledger) => {
    const start = await ledger.head();
    const kinds = Promise.all(
      [1, 2].map(async () => {
        const seen: string[] = [];
        for await (const item of ledger.subscribe(start)) {
          seen.push(item.kind);
          if (item.kind === 'caughtUp') caughtUp();
        }
        return seen;
      }),
    );
    let left = 2;
    let caughtUp = (): void => undefined;
    await new Promise<void>((resolve) => (caughtUp = () => ((left -= 1) === 0 ? resolve() : undefined)));
    await ledger.close();
    for (const seen of await kinds) assert.ok(seen.includes('caughtUp'));
    assert.equal((await items(ledger.subscribe(start)).next()).done, true);
  }),
];
