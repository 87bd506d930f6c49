import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Position, START } from '../../domain/kernel/event.js';
import { Ledger } from '../../domain/ports/ledger.js';
import { AdminAccess } from '../admin/admin-access.js';
import { Cursors } from '../admin/cursors.js';
import type { CallOf } from '../admin/endpoint.js';
import { On } from '../admin/on.js';
import { EventFeed } from './event-feed.js';
import { EventStreams } from './event-streams.js';
import { eventView } from './event-view.js';
import { eventsEndpoints as endpoints } from './events.endpoints.js';
import { SseConnection } from './sse-connection.js';

const LIST = 'events';

/** The pull side of the audit log: every consumer keeps its own cursor and misses nothing. */
@Controller()
export class EventsController {
  constructor(
    private readonly feed: EventFeed,
    private readonly streams: EventStreams,
    private readonly ledger: Ledger,
    private readonly cursors: Cursors,
    private readonly access: AdminAccess,
  ) {}

  @On(endpoints.list)
  async list(call: CallOf<typeof endpoints.list>, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id: tenant } = call.tenant;
    const seal = (position: Position): string => this.cursors.seal(LIST, tenant, position);
    if (/\btext\/event-stream\b/.test(request.headers.accept ?? '')) {
      const after = await this.start(tenant, lastEventId(request) ?? call.query.after);
      this.streams.checkRoom(tenant);
      reply.hijack();
      const connection = new SseConnection(reply.raw);
      return this.streams.follow(connection, {
        tenant, after, expiresAt: call.expiresAt,
        stillAllowed: () => this.access.check(request, endpoints.list.scope),
        send: (event) => connection.send({ id: seal(event.position), event: event.type, data: eventView(event) }),
      });
    }
    const { events, next, atEnd } = await this.feed.page(tenant, await this.start(tenant, call.query.after), call.query.limit);
    void reply.send({ items: events.map(eventView), next: seal(next), atEnd });
  }

  private async start(tenant: string, after: string | undefined): Promise<Position> {
    return after === 'now' ? this.ledger.head() : (this.cursors.open(LIST, tenant, after) ?? START);
  }
}

const lastEventId = ({ headers }: FastifyRequest): string | undefined => {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
};
