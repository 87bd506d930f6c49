import { Injectable } from '@nestjs/common';
import { eventTypeNamed } from '../domain/kernel/catalogue.js';
import { SEALED } from '../domain/kernel/fields.js';
import type { Decider } from '../domain/kernel/decider.js';
import type { DomainEvent, NewEvent, Position } from '../domain/kernel/event.js';
import { Refusal } from '../domain/kernel/refusal.js';
import { Crypto } from '../domain/ports/crypto.js';
import { type Expected, Ledger, WrongExpectedRevision } from '../domain/ports/ledger.js';
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

/** Races inside one node can't happen (commands of one stream queue); this bounds those between nodes. */
const MOST_ATTEMPTS = 10;

/** The only hand that appends (DESIGN rule 3): load, decide, append at the exact revision, wait until it is seen. */
@Injectable()
export class Write {
  private readonly queues = new Map<string, Promise<unknown>>();
  private readonly backToBack = new BackToBack();

  constructor(
    private readonly ledger: Ledger,
    private readonly live: LiveState,
    private readonly crypto: Crypto,
    private readonly privacy: Privacy,
  ) {}

  /**
   * Carries a command to one stream. When another node was faster, the command is decided again on what is there now;
   * it is never appended blindly. Throws the decider's Refusal; LedgerUnavailable when the outcome can't be had.
   */
  to<S, C, E extends DomainEvent>(decider: Decider<S, C, E>, stream: string, command: C, context: CommandContext): Promise<Written<S, E>> {
    return this.inTurn(stream, async () => {
      const entry = await this.live.entry<S>(decider, stream, context.tenant);
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
        const events = decider.decide(command, entry.state);
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
    const envelopes = await this.envelopes(events, context);
    const last = envelopes.at(-1)!.id;
    const seen = new Promise<Position>((resolve, reject) => this.live.at(last, [], ({ position }) => resolve(position), reject));
    const appending = this.ledger.append(stream, 'none', envelopes);
    try {
      const [entry, position] = await Promise.all([this.live.begun<S>(decider, stream, appending), seen, appending]);
      return { state: entry.state as S, events, position };
    } catch (error) {
      this.live.cancel(last, error as Error);
      await seen.catch(() => undefined);
      if (error instanceof WrongExpectedRevision) return this.to(decider, stream, command, context);
      throw error;
    }
  }

  /** Adds one fact to an append-only stream. Resolves when it is durable. */
  async record(stream: string, event: DomainEvent, context: CommandContext): Promise<Position> {
    const [made] = await this.envelopes([event], context);
    return (await this.ledger.append(stream, 'any', [made!])).position;
  }

  /**
   * As `record`, for a fact that is admitted at its own place in the log: `check` runs when the live state is exactly
   * there. `meanwhile` runs once the append is under way, after those of the same turn. The result waits for all three.
   */
  admit<T, M>(
    stream: string, event: DomainEvent, context: CommandContext, relied: readonly LiveEntry[],
    check: (position: Position) => T, meanwhile: () => M,
  ): Promise<{ checked: T; made: M }> {
    const envelope = this.envelope(event, this.crypto.randomId('cmd_'), 0, context);
    // One promise for what comes together here: on the issuing path each costs as much as a small computation.
    return new Promise((resolve, reject) => {
      let checked: T;
      let made: M;
      let left = 3;
      const one = (): void => {
        left -= 1;
        if (left === 0) resolve({ checked, made });
      };
      this.live.at(envelope.id, relied, ({ position }) => {
        checked = check(position);
        one();
      }, reject);
      // Asked for after the append: the ledger begins its commit first, and the disk works while this thread computes.
      this.ledger.append(stream, 'any', [envelope]).then(one, (error: Error) => {
        this.live.cancel(envelope.id, error);
        reject(error);
      });
      this.backToBack.run(() => {
        made = meanwhile();
        one();
      }, reject);
    });
  }

  private async append(entry: LiveEntry, events: readonly DomainEvent[], context: CommandContext): Promise<void> {
    const expected: Expected = entry.revision < 0 ? 'none' : entry.revision;
    const envelopes = await this.envelopes(events, context);
    const last = envelopes.at(-1)!.id;
    const seen = new Promise<void>((resolve, reject) => this.live.at(last, [entry], () => resolve(), reject));
    try {
      const [appended] = await Promise.all([this.ledger.append(entry.stream, expected, envelopes), seen]);
      // Only an entry that was dropped for a gap meanwhile is behind now.
      if (entry.revision < appended.revision) await this.live.refresh(entry, context.tenant);
    } catch (error) {
      this.live.cancel(last, error as Error);
      await seen.catch(() => undefined);
      throw error;
    }
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
    const before = this.queues.get(stream) ?? Promise.resolve();
    const mine = before.then(turn, turn);
    const settled = mine.catch(() => undefined);
    this.queues.set(stream, settled);
    void settled.then(() => {
      if (this.queues.get(stream) === settled) this.queues.delete(stream);
    });
    return mine;
  }
}
