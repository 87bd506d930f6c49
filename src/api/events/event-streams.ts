import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LiveState } from '../../commands/live-state.js';
import type { Position, RecordedEvent } from '../../domain/kernel/event.js';
import { categoryOf } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { Ledger } from '../../domain/ports/ledger.js';
import { ApiProblem } from '../errors/problem.js';
import type { SseConnection } from './sse-connection.js';

export interface Follower {
  readonly tenant: string;
  readonly expiresAt: number;
  readonly after: Position;
  /** Rejects when the caller's token holds no longer. */
  readonly stillAllowed: () => Promise<unknown>;
  readonly send: (event: RecordedEvent) => Promise<void>;
}

const TICK_MILLISECONDS = 1_000;
const TICKS_PER_HEARTBEAT = 15;
const MOST_PER_TENANT = 50;
const MOST_MILLISECONDS_BEHIND = 2_000;
/** What agents do changes nobody's right to look; everything else might. */
const HARMLESS: ReadonlySet<string> = new Set(['activity', 'reservation']);

/** Readers that follow a tenant's events live, for as long as their token holds. */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly open = new Map<SseConnection, string>();

  constructor(private readonly ledger: Ledger, private readonly live: LiveState, private readonly clock: Clock) {}

  get count(): number {
    return this.open.size;
  }

  /** Throws 429 before anything is sent. */
  checkRoom(tenant: string): void {
    if ([...this.open.values()].filter((other) => other === tenant).length < MOST_PER_TENANT) return;
    throw new ApiProblem({
      status: 429, code: 'streams.too_many', title: 'Too many', detail: `At most ${MOST_PER_TENANT} readers may follow the events of one tenant.`,
      headers: { 'retry-after': '10' },
    });
  }

  /** Resolves when the connection has ended, for whatever reason. */
  async follow(connection: SseConnection, follower: Follower): Promise<void> {
    const subscription = this.ledger.subscribe(follower.after);
    this.open.set(connection, follower.tenant);
    const stop = (reason: string): void => {
      connection.end(reason);
      subscription.close();
    };
    connection.onClose(() => subscription.close());
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
      if (ticks % TICKS_PER_HEARTBEAT === 0) connection.heartbeat();
      void this.holds(follower).then((holds) => holds || stop('token.ended'));
    }, TICK_MILLISECONDS).unref();
    connection.begin();
    try {
      for await (const item of subscription) {
        if (item.kind !== 'event' || item.event.tenant !== follower.tenant) continue;
        if (await this.mayGo(item.event, follower)) await follower.send(item.event);
        else stop('token.ended');
      }
      connection.end('hub.stopping');
    } catch {
      // The reader comes back with the last id it has seen.
      connection.end('ledger.unavailable');
    } finally {
      clearInterval(timer);
      this.open.delete(connection);
    }
  }

  /** Before the server closes: it would wait for these for ever. */
  onModuleDestroy(): void {
    for (const connection of this.open.keys()) connection.end('hub.stopping');
  }

  private async mayGo(event: RecordedEvent, follower: Follower): Promise<boolean> {
    if (HARMLESS.has(categoryOf(event.stream))) return this.clock.seconds() < follower.expiresAt;
    // The judgement must have seen this very event: it may be the suspension of the reader.
    return (await this.live.reached(event.position, MOST_MILLISECONDS_BEHIND)) && this.holds(follower);
  }

  private async holds({ expiresAt, stillAllowed }: Follower): Promise<boolean> {
    if (this.clock.seconds() >= expiresAt) return false;
    return stillAllowed().then(() => true, () => false);
  }
}
