import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Metrics } from '../../domain/ports/metrics.js';

@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** Sums over everything, so open like health; keep the path off the public side of the proxy if even sums are nobody's business. */
  @Get('metrics')
  async read(@Res() reply: FastifyReply): Promise<void> {
    const { contentType, text } = await this.metrics.exposition();
    void reply.header('content-type', contentType).header('cache-control', 'no-store').send(text);
  }
}
