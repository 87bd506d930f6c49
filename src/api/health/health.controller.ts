import { Controller, Get, Header, HttpCode, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LiveState } from '../../commands/live-state.js';

/** For whatever restarts nodes and sends them traffic. Says nothing about anybody. */
@Controller('health')
export class HealthController {
  constructor(private readonly live: LiveState) {}

  /** The process answers. Nothing else is asked: a store that is down is no reason to restart a node. */
  @Get('live')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  alive(): object {
    return { status: 'live' };
  }

  /** 503 with the reason while no decision may be made here. Discovery and JWKS answer even then. */
  @Get('ready')
  @Header('cache-control', 'no-store')
  ready(@Res() reply: FastifyReply): void {
    const problem = this.live.problem();
    if (problem === undefined) return void reply.send({ status: 'ready' });
    void reply.code(503).header('retry-after', '1').send({ status: 'not_ready', why: problem });
  }
}
