import { Injectable } from '@nestjs/common';
import { type Position, type RecordedEvent, isAfter } from '../../domain/kernel/event.js';
import { Ledger } from '../../domain/ports/ledger.js';

export interface FeedPage {
  readonly events: readonly RecordedEvent[];
  readonly next: Position;
  readonly atEnd: boolean;
}

const AT_ONCE = 500;
/** A quiet tenant among busy ones: after so many pages of others' events the answer goes out, with a place to go on from. */
const MOST_PAGES = 20;

/** A tenant's own events in the ledger's order. Events of the deployment and of other tenants are not there. */
@Injectable()
export class EventFeed {
  constructor(private readonly ledger: Ledger) {}

  async page(tenant: string, after: Position, limit: number): Promise<FeedPage> {
    const events: RecordedEvent[] = [];
    let next = after;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      // Each page begins where the one before ended.
      const page = await this.ledger.readAll(next, AT_ONCE);
      for (const event of page.events) {
        if (events.length === limit) return { events, next, atEnd: false };
        if (event.tenant === tenant) events.push(event);
        next = event.position;
      }
      if (isAfter(page.next, next)) next = page.next;
      if (page.atEnd) return { events, next, atEnd: true };
    }
    return { events, next, atEnd: false };
  }
}
