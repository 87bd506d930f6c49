import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Position } from '../../src/domain/kernel/event.js';
import type { ConnectionListener } from '../../src/platform/ledger/event-store-connection.js';
import { EventStoreSubscription } from '../../src/platform/ledger/event-store-subscription.js';
import type { StoredEvent } from '../../src/platform/ledger/stored-event.js';
import { reasonOf, suspended } from '../support/ledgers.js';

/** The server's side, played by the case: what it was asked for, and a mouth to speak with. */
interface Opened extends ConnectionListener {
  readonly after: Position;
  readonly prefixes: readonly string[] | undefined;
  stopped: boolean;
  paused: boolean;
}
const at = (n: number): Position => String(n).padStart(20, '0');
const stored = (n: number, stream = 'agent-1', type = 'AgentSuspended'): StoredEvent => {
  const { id, data, tenant, actor, correlationId, causationId, version } = suspended(String(n));
  return {
    id,
    type,
    data,
    metadata: { tenant, actor, correlationId, causationId, version },
    stream,
    revision: n,
    position: at(n),
    recordedAt: '2026-01-01T00:00:00.000Z',
  };
};
const event = (n: number, stream?: string) => ({ kind: 'event', event: stored(n, stream) }) as const;

describe('a subscription that is looked after', () => {
  let opened: Opened[];
  let newest: () => Promise<Position | undefined>;
  let announce: () => void;
  let subscription: EventStoreSubscription;

  const begin = (prefixes?: readonly string[]) => {
    subscription = new EventStoreSubscription(
      {
        connection: {
          subscribe: (after, streamPrefixes, listener) => {
            const server: Opened = {
              after,
              prefixes: streamPrefixes,
              stopped: false,
              paused: false,
              item: (item) => listener.item(item),
              dropped: (reason) => listener.dropped(reason),
            };
            opened.push(server);
            announce();
            return {
              pause: () => void (server.paused = true),
              resume: () => void (server.paused = false),
              stop: () => void (server.stopped = true),
            };
          },
        },
        newestBehind: () => newest(),
        silence: 20,
      },
      at(0),
      prefixes ? { streamPrefixes: prefixes } : undefined,
      () => undefined,
    );
  };
  const connectionNumber = async (n: number): Promise<Opened> => {
    while (opened.length < n) await new Promise<void>((resolve) => (announce = resolve));
    return opened[n - 1]!;
  };
  const next = async (): Promise<string> => {
    const { value } = await subscription.queue.next();
    return value!.kind === 'event' ? reasonOf(value!.event) : `caught up ${Number(value!.position)}`;
  };

  beforeEach(() => {
    opened = [];
    announce = () => undefined;
    newest = () => Promise.resolve(undefined);
  });
  afterEach(() => subscription.queue.close());

  it('opens anew behind the last event after an error and after an end, and does not hear the old one any more', async () => {
    begin();
    const first = await connectionNumber(1);
    first.item(event(1));
    first.item(event(2));
    first.dropped(new Error('Consumer too slow'));
    const second = await connectionNumber(2);
    expect([second.after, first.stopped]).toEqual([at(2), true]);
    first.item(event(99));
    first.dropped(new Error('close, after the error'));
    second.item(event(3));
    second.dropped(new Error('end'));
    const third = await connectionNumber(3);
    expect(third.after).toBe(at(3));
    third.item({ kind: 'caughtUp' });
    expect([await next(), await next(), await next(), await next()]).toEqual(['1', '2', '3', 'caught up 3']);
  });

  it('opens anew when it is silent while there is something to say', async () => {
    begin();
    const first = await connectionNumber(1);
    first.item(event(1));
    newest = () => Promise.resolve(at(5));
    expect((await connectionNumber(2)).after).toBe(at(1));
    expect(first.stopped).toBe(true);
  });

  it('opens anew when nobody answers the question whether there is something to say', async () => {
    begin();
    await connectionNumber(1);
    newest = () => Promise.reject(new Error('no answer'));
    await connectionNumber(2);
    expect(opened[0]!.stopped).toBe(true);
  });

  it('stays when it is silent because nothing happens, and says that it has caught up where the server does not', async () => {
    begin();
    const looks = new Promise<void>((resolve) => {
      let left = 3;
      newest = async () => {
        left -= 1;
        if (left === 0) resolve();
        return undefined;
      };
    });
    expect(await next()).toBe('caught up 0');
    await looks;
    expect(opened).toHaveLength(1);
  });

  it('stays when what was missing arrives before the second look', async () => {
    begin();
    const first = await connectionNumber(1);
    let looks = 0;
    const looked = new Promise<void>((resolve) => {
      newest = async () => {
        looks += 1;
        if (looks === 1) queueMicrotask(() => queueMicrotask(() => first.item(event(1))));
        if (looks === 3) resolve();
        return looks === 1 ? at(1) : undefined;
      };
    });
    await looked;
    expect(opened).toHaveLength(1);
    expect(await next()).toBe('1');
  });

  it('passes on nothing twice, nothing of the system and nothing that the filter hides, whatever the server sends', async () => {
    begin(['agent-']);
    const server = await connectionNumber(1);
    expect(server.prefixes).toEqual(['agent-']);
    for (const item of [event(1), event(1), event(2, 'grant-1'), event(3, '$metadata'), event(4)]) server.item(item);
    server.item({ kind: 'caughtUp' });
    expect([await next(), await next(), await next()]).toEqual(['1', '4', 'caught up 4']);
  });

  it('resumes from a checkpoint that is ahead of the last event, and never from one behind it', async () => {
    begin(['agent-']);
    const server = await connectionNumber(1);
    server.item(event(1));
    server.item({ kind: 'checkpoint', position: at(700) });
    server.item({ kind: 'checkpoint', position: at(3) });
    server.dropped(new Error('gone'));
    expect((await connectionNumber(2)).after).toBe(at(700));
  });

  it('stops the stream while its reader is slow, and goes on when it has read', async () => {
    begin();
    const server = await connectionNumber(1);
    let sent = 0;
    while (!server.paused && sent < 100_000) server.item(event((sent += 1)));
    expect(sent).toBeLessThan(10_000);
    let read = 0;
    while (server.paused) expect(await next()).toBe(String((read += 1)));
    expect(read).toBeLessThan(sent);
  });

  it('ends with an error at an event that nobody knows, behind what came before it', async () => {
    begin();
    const server = await connectionNumber(1);
    server.item(event(1));
    server.item({ kind: 'event', event: stored(2, 'agent-1', 'WrittenByALaterVersion') });
    expect(await next()).toBe('1');
    await expect(subscription.queue.next()).rejects.toThrow(/WrittenByALaterVersion/);
    expect((await subscription.queue.next()).done).toBe(true);
    expect(server.stopped).toBe(true);
  });

  it('opens nothing any more when it was closed while it waited to open anew', async () => {
    begin();
    (await connectionNumber(1)).dropped(new Error('gone'));
    subscription.queue.close();
    // Another one that opens anew twice takes longer than the first would have taken once.
    begin();
    (await connectionNumber(2)).dropped(new Error('gone'));
    (await connectionNumber(3)).dropped(new Error('gone again'));
    await connectionNumber(4);
    expect(opened).toHaveLength(4);
  });
});
