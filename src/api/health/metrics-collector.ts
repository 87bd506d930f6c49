import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Ledger, type LedgerSubscription } from '../../domain/ports/ledger.js';
import { Metrics, type TokenOutcome } from '../../domain/ports/metrics.js';
import { EventStreams } from '../events/event-streams.js';
import { Form } from '../http/form.js';
import { GrantTable } from '../oauth/grants/grant-type.js';

/** Counts beside the paths that it counts: answers after they have left, refusals as they come by in the ledger. */
@Injectable()
export class MetricsCollector implements OnModuleInit, OnModuleDestroy {
  private subscription: LedgerSubscription | undefined;

  constructor(
    private readonly metrics: Metrics,
    private readonly ledger: Ledger,
    private readonly grants: GrantTable,
    private readonly readers: EventStreams,
    private readonly host: HttpAdapterHost,
  ) {}

  async onModuleInit(): Promise<void> {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    server.addHook('onResponse', (request, reply, done) => {
      if (request.method === 'POST' && request.routeOptions.url === '/token') this.tokenAnswered(request.body, reply.statusCode);
      done();
    });
    this.metrics.watch('event_readers', () => this.readers.count);
    this.subscription = this.ledger.subscribe(await this.ledger.head(), { streamPrefixes: ['activity-'] });
    void this.countRefusals(this.subscription);
  }

  onModuleDestroy(): void {
    this.subscription?.close();
  }

  /** What a stranger writes into grant_type must not become a label. */
  tokenAnswered(body: unknown, status: number): void {
    const asked = body instanceof Form ? (body.get('grant_type') ?? 'none') : 'none';
    this.metrics.tokenAnswered(this.grants.has(asked) ? asked : 'other', outcomeOf(status));
  }

  private async countRefusals(subscription: LedgerSubscription): Promise<void> {
    try {
      for await (const item of subscription) {
        if (item.kind !== 'event') continue;
        const { reason = item.event.type === 'ConsentDenied' ? 'consent.denied' : undefined } = item.event.data as { readonly reason?: string };
        if (reason !== undefined) this.metrics.refused(reason);
      }
    } catch {
      // The live state follows the same ledger and tells readiness what is wrong; these numbers just stop.
    }
  }
}

const outcomeOf = (status: number): TokenOutcome => (status < 300 ? 'issued' : status === 503 ? 'unavailable' : status < 500 ? 'refused' : 'failed');
