import type { DataSource } from 'typeorm';
import { type Position, isAfter } from '../../domain/kernel/event.js';
import type { Feed } from './feed.js';
import { registrations } from './registry.js';
import type { Roster } from './roster.js';

/** What other processes feed: how far they are, and whether they still do. */
export class Others {
  private places = new Map<Feed, Position>();

  constructor(private readonly source: DataSource, private readonly roster: Roster) {}

  /** Brings the places of feeds that stand by up to date. */
  async look(): Promise<void> {
    const waiting = this.roster.standingBy();
    if (waiting.length === 0) return;
    const rows = await registrations(this.source.manager);
    for (const feed of waiting) {
      const { name, version } = feed.projection;
      // What it stood by, or what was begun once more in its place.
      const row = rows.find((one) => one.name === name && one.version === version);
      if (row) feed.stands(row);
      else this.roster.stop(feed, 'another version of the hub has taken over this read model');
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
