import { Injectable } from '@nestjs/common';
import { eventTypeNamed } from '../domain/kernel/catalogue.js';
import { SEALED } from '../domain/kernel/fields.js';
import type { Decider } from '../domain/kernel/decider.js';
import type { DomainEvent, NewEvent, Position, RecordedEvent } from '../domain/kernel/event.js';
import { Refusal } from '../domain/kernel/refusal.js';
import { Crypto } from '../domain/ports/crypto.js';
import { type Appended, type Expected, Ledger, WrongExpectedRevision } from '../domain/ports/ledger.js';
import { Metrics } from '../domain/ports/metrics.js';
import { Privacy } from '../domain/ports/privacy.js';
import { BackToBack } from './back-to-back.js';
import type { CommandContext } from './command-context.js';
import type { LiveEntry } from './live-entry.js';
import { LiveState } from './live-state.js';
import { type Soon, allHere } from './soon.js';

export interface Written<S, E> {
  readonly state: S;
  /** What was appended; empty when there was nothing new to say. */
  readonly events: readonly E[];
  /** Position of the last event of the stream. */
  readonly position: Position;
}

/** A fact on its way to its place in the log. */
interface Fact {
  readonly stream: string;
  readonly event: DomainEvent;
}
interface Admitted extends Fact {
  readonly beside?: Fact | undefined;
  readonly context: CommandContext;
  readonly relied: readonly LiveEntry[];
}
interface Append {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly NewEvent[];
  /** Stays in memory until then. */
  readonly relied: readonly LiveEntry[];
}
interface Heard {
  seen(event: RecordedEvent): void;
  durable(appended: Appended): void;
  failed(error: Error): void;
}

/** Races inside one node can't happen (commands of one stream queue); this bounds those between nodes. */
const MOST_ATTEMPTS = 10;

/** The only hand that appends (docs/architecture.md): load, decide, append at the exact revision, wait until it is seen. */
@Injectable()
export class Write {
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly backToBack = new BackToBack();

  constructor(
    private readonly ledger: Ledger,
    private readonly live: LiveState,
    private readonly crypto: Crypto,
    private readonly privacy: Privacy,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Carries a command to one stream. When another node was faster, the command is decided again on what is there now;
   * it is never appended blindly, and neither refused nor found done already on an old view. Throws the decider's Refusal;
   * LedgerUnavailable when the outcome can't be had.
   */
  to<S, C, E extends DomainEvent>(decider: Decider<S, C, E>, stream: string, command: C, context: CommandContext): Promise<Written<S, E>> {
    return this.inTurn(stream, async () => {
      const entry = await this.live.entry<S>(decider, stream, context.tenant);
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
        const events = await this.decide(decider, command, { entry, tenant: context.tenant });
        if (events.length === 0) return { state: entry.state, events, position: entry.position };
        try {
          await this.append(entry as LiveEntry, events, context);
          return { state: entry.state, events, position: entry.position };
        } catch (error) {
          if (!(error instanceof WrongExpectedRevision)) throw error;
          await this.live.refresh(entry as LiveEntry, context.tenant);
        }
      }
      throw new Refusal('conflict.concurrent', 'Too many changes at once; try again.');
    });
  }

  /**
   * As `to`, for a stream that hardly ever has anything in it yet: unless it is in memory it is not read before the append,
   * which takes place at 'none'. Where something stands there after all, the command is decided on that.
   */
  async begin<S, C, E extends DomainEvent>(decider: Decider<S, C, E>, stream: string, command: C, context: CommandContext): Promise<Written<S, E>> {
    if (this.live.has(stream)) return this.to(decider, stream, command, context);
    const events = decider.decide(command, decider.initial);
    const appending = this.appendSeen({ stream, expected: 'none', events: await this.envelopes(events, context), relied: [] });
    try {
      const [entry] = await Promise.all([this.live.begun<S>(decider, stream, appending), appending]);
      return { state: entry.state as S, events, position: entry.position };
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return this.to(decider, stream, command, context);
      throw error;
    }
  }

  /** Adds one fact to an append-only stream. Resolves when it is durable. */
  async record(stream: string, event: DomainEvent, context: CommandContext): Promise<Position> {
    const events = await this.envelopes([event], context);
    const { position } = await new Promise<Appended>((durable, failed) => this.store({ stream, expected: 'any', events }, durable, failed));
    return position;
  }

  /**
   * As `record`, for a fact that is admitted at its own place in the log: `check` runs when the live state is exactly
   * there. `beside` goes to another stream at the same time; that one stands without the other has to harm nobody.
   * `meanwhile` runs once both are under way, after those of the same turn. The result waits for all of it.
   */
  admit<T, M>({ stream, event, beside, context, relied }: Admitted, check: (position: Position) => T, meanwhile: () => M): Promise<{ checked: T; made: M }> {
    const commandId = this.crypto.randomId('cmd_');
    const events = [this.envelope(event, commandId, 0, context)];
    const others = beside && [this.envelope(beside.event, commandId, 1, context)];
    // One promise for what comes together here: on the issuing path each costs as much as a small computation.
    return new Promise((resolve, reject) => {
      let checked: T;
      let made: M;
      let left = others ? 5 : 3;
      const one = (): void => {
        left -= 1;
        if (left === 0) resolve({ checked, made });
      };
      const seen = ({ position }: RecordedEvent): void => {
        checked = check(position);
        one();
      };
      // What is computed is asked for after the append: the ledger begins its commit first, and the disk works while this thread computes.
      this.send({ stream, expected: 'any', events, relied }, { seen, durable: one, failed: reject });
      if (others) this.send({ stream: beside.stream, expected: 'any', events: others, relied: [] }, { seen: one, durable: one, failed: reject });
      this.backToBack.run(() => {
        made = meanwhile();
        one();
      }, reject);
    });
  }

  /** What is to be written. Where that is nothing another node may just have made it something: whoever suspends what was resumed there is not told that it is suspended. */
  private async decide<S, C, E extends DomainEvent>(decider: Decider<S, C, E>, command: C, { entry, tenant }: { readonly entry: LiveEntry<S>; readonly tenant: string }): Promise<readonly E[]> {
    let refusal: Refusal | undefined;
    try {
      const events = decider.decide(command, entry.state);
      if (events.length > 0) return events;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal = error;
    }
    if (await this.live.catchUp()) {
      // Let go of meanwhile it has not heard the news.
      if (!entry.current) await this.live.refresh(entry as LiveEntry, tenant);
      return decider.decide(command, entry.state);
    }
    if (refusal) throw refusal;
    return [];
  }

  private async append(entry: LiveEntry, events: readonly DomainEvent[], context: CommandContext): Promise<void> {
    const expected: Expected = entry.revision < 0 ? 'none' : entry.revision;
    const envelopes = this.envelopes(events, context);
    const { revision } = await this.appendSeen({ stream: entry.stream, expected, events: envelopes instanceof Promise ? await envelopes : envelopes, relied: [entry] });
    // Only an entry that was dropped for a gap meanwhile is behind now.
    if (entry.revision < revision) await this.live.refresh(entry, context.tenant);
  }

  /** Resolves when it is durable and the live state has it. */
  private appendSeen(append: Append): Promise<Appended> {
    return new Promise((resolve, failed) => {
      let appended: Appended | undefined;
      let isSeen = false;
      const seen = (): void => {
        isSeen = true;
        if (appended) resolve(appended);
      };
      const durable = (done: Appended): void => {
        appended = done;
        if (isSeen) resolve(done);
      };
      this.send(append, { seen, durable, failed });
    });
  }

  /** `seen` runs when the live state is exactly at the last of the events, `durable` when they are. What fails is told once and ends both. */
  private send({ stream, expected, events, relied }: Append, { seen, durable, failed }: Heard): void {
    const { id } = events.at(-1)!;
    this.live.at(id, relied, seen, failed);
    this.store({ stream, expected, events }, durable, (error) => {
      this.live.cancel(id, error);
      failed(error);
    });
  }

  private store({ stream, expected, events }: Pick<Append, 'stream' | 'expected' | 'events'>, durable: (appended: Appended) => void, failed: (error: Error) => void): void {
    const ended = this.metrics.appending();
    this.ledger.append(stream, expected, events).then((appended) => {
      ended('durable');
      durable(appended);
    }, (error: Error) => {
      ended(error instanceof WrongExpectedRevision ? 'conflict' : 'failed');
      failed(error);
    });
  }

  /** At once where nothing is personal, as in all that stands on the issuing path. */
  private envelopes(events: readonly DomainEvent[], context: CommandContext): Soon<readonly NewEvent[]> {
    const commandId = this.crypto.randomId('cmd_');
    return allHere<NewEvent[]>(events.map((event, n) => this.sealed(this.envelope(event, commandId, n, context))));
  }

  private envelope({ type, data }: DomainEvent, commandId: string, n: number, { tenant, actor, correlationId }: CommandContext): NewEvent {
    const { version, parse } = eventTypeNamed(type);
    // Parsed on the way in too: what the catalogue does not know never reaches the disk.
    return { id: this.crypto.eventId(commandId, n), type, version, data: parse(data), tenant, actor, correlationId, causationId: commandId };
  }

  private sealed(event: NewEvent): Soon<NewEvent> {
    const { sealed } = eventTypeNamed(event.type);
    return sealed.length === 0 ? event : this.seal(event, sealed);
  }

  private async seal(event: NewEvent, names: readonly string[]): Promise<NewEvent> {
    const data = { ...(event.data as Record<string, unknown>) };
    for (const name of names) {
      // What is sealed already may be longer than what is to be sealed: nobody may pass the one for the other.
      if ((data[name] as string).startsWith(SEALED)) throw new Refusal('user.invalid', `A ${name} can't begin with "${SEALED}".`);
      data[name] = await this.privacy.seal(event.tenant, data['userId'] as string, `${event.id}.${name}`, data[name] as string);
    }
    return { ...event, data };
  }

  /** Commands of one stream, one after the other: no node loses a race against itself. */
  private inTurn<T>(stream: string, turn: () => Promise<T>): Promise<T> {
    const before = this.queues.get(stream);
    const mine = before ? before.then(turn, turn) : turn();
    this.queues.set(stream, mine);
    const done = (): void => {
      if (this.queues.get(stream) === mine) this.queues.delete(stream);
    };
    mine.then(done, done);
    return mine;
  }
}
