import type { DataSource } from 'typeorm';
import { type Position, isAfter } from '../domain/kernel/event.js';
import type { Feed } from './feed.js';
import type { Roster } from './roster.js';

/** What other processes feed: how far they are, and whether they still do. */
export class Others {
  private places = new Map<Feed, Position>();

  constructor(private readonly source: DataSource, private readonly roster: Roster) {}

  /** Brings the places of feeds that stand by up to date. */
  async look(): Promise<void> {
    const waiting = this.roster.standingBy();
    if (waiting.length === 0) return;
    const rows = await this.source.query<{ id: string; position: Position }[]>(
      `SELECT id, position FROM projection WHERE id = ANY($1)`, [waiting.map(({ id }) => id)]);
    const places = new Map(rows.map(({ id, position }) => [id, position]));
    for (const feed of waiting) {
      const place = places.get(feed.id);
      if (place === undefined) this.roster.stop(feed, 'another process has built this read model anew; a restart follows it');
      else feed.position = place;
    }
    this.roster.moved();
  }

  /** Feeds that have not moved since this was last asked, although there is something to apply. */
  async abandoned(head: Position): Promise<readonly Feed[]> {
    await this.look();
    const waiting = this.roster.standingBy();
    const still = waiting.filter((feed) => this.places.get(feed) === feed.position && isAfter(head, feed.position));
    this.places = new Map(waiting.map((feed) => [feed, feed.position]));
    return still;
  }
}
