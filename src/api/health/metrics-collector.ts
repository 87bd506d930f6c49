import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { LiveState } from '../../commands/live-state.js';
import type { RecordedEvent } from '../../domain/kernel/event.js';
import { Metrics, type TokenOutcome } from '../../domain/ports/metrics.js';
import { EventStreams } from '../events/event-streams.js';
import { Form } from '../http/form.js';
import { GrantTable } from '../oauth/grants/grant-type.js';

/** Counts beside the paths that it counts: answers after they have left, refusals as they come by in the ledger. */
@Injectable()
export class MetricsCollector implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly live: LiveState,
    private readonly grants: GrantTable,
    private readonly readers: EventStreams,
    private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    server.addHook('onResponse', (request, reply, done) => {
      if (request.method === 'POST') this.formAnswered(request.routeOptions.url, request.body, reply.statusCode);
      done();
    });
    this.metrics.watch('event_readers', () => this.readers.count);
    this.live.hear((event) => this.count(event));
  }

  /** What a stranger writes into grant_type must not become a label. */
  formAnswered(path: string | undefined, body: unknown, status: number): void {
    if (path !== '/token') return;
    const asked = body instanceof Form ? (body.get('grant_type') ?? 'none') : 'none';
    this.metrics.tokenAnswered(this.grants.has(asked) ? asked : 'other', outcomeOf(status));
  }

  private count({ stream, type, data }: RecordedEvent): void {
    if (!stream.startsWith('activity-')) return;
    const { reason = type === 'ConsentDenied' ? 'consent.denied' : undefined } = data as { readonly reason?: string };
    if (reason !== undefined) this.metrics.refused(reason);
  }
}

const outcomeOf = (status: number): TokenOutcome => (status < 300 ? 'issued' : status === 503 ? 'unavailable' : status < 500 ? 'refused' : 'failed');
