import type { DataSource } from 'typeorm';
import { type Position, isAfter } from '../../domain/kernel/event.js';
import type { Feed } from './feed.js';
import { type Registration, registrations } from './registry.js';
import type { Roster } from './roster.js';

/** What other processes feed: how far they are, and whether they still do. */
export class Others {
  private places = new Map<Feed, string>();
  /** Feeds of read models that another version of the hub has taken over. */
  private readonly lost = new Set<Feed>();

  constructor(private readonly source: DataSource, private readonly roster: Roster) {}

  get areAny(): boolean {
    return this.lost.size > 0 || this.roster.standingBy().length > 0;
  }

  /** Brings the places of feeds that stand by up to date. */
  async look(): Promise<readonly Registration[]> {
    if (!this.areAny) return [];
    const rows = await registrations(this.source.manager);
    for (const feed of this.roster.standingBy()) {
      const { name, version } = feed.projection;
      // What it stood by, or what was begun once more in its place.
      const row = rows.find((one) => one.name === name && one.version === version);
      if (row) feed.stands(row);
      else {
        this.lost.add(feed);
        this.roster.stop(feed, 'another version of the hub has taken over this read model');
      }
    }
    this.roster.moved();
    return rows;
  }

  /** Feeds that nobody has moved since this was last asked, although there is something to apply; `lost`: the other version has not either. */
  async abandoned(head: Position): Promise<{ readonly still: readonly Feed[]; readonly lost: boolean }> {
    const rows = await this.look();
    const waiting = this.roster.standingBy();
    const places = new Map<Feed, string>(waiting.map((feed) => [feed, feed.position]));
    const isLeft = (feed: Feed): boolean => {
      const theirs = rows.filter(({ name }) => name === feed.projection.name);
      const place = theirs.map(({ id, position }) => `${id} ${position}`).join();
      places.set(feed, place);
      return this.places.get(feed) === place && theirs.every(({ position }) => isAfter(head, position));
    };
    const lost = [...this.lost].filter(isLeft).length > 0;
    const still = waiting.filter((feed) => this.places.get(feed) === feed.position && isAfter(head, feed.position));
    this.places = places;
    return { still, lost };
  }
}
