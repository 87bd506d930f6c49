import { Controller, Get, Header, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DeploymentState } from '../../commands/deployment/deployment-state.js';
import { LiveState } from '../../commands/live-state.js';
import { VaultKeys } from '../../domain/ports/vault-keys.js';
import { ProjectionProgress } from '../../projections/projection-status.js';

/** For whatever restarts nodes and sends them traffic. Says nothing about anybody. */
@Controller('health')
export class HealthController {
  constructor(private readonly live: LiveState, private readonly deployment: DeploymentState, private readonly progress: ProjectionProgress, private readonly keys: VaultKeys) {}

  /** The process answers. Nothing else is asked: a store that is down is no reason to restart a node. */
  @Get('live')
  @Header('cache-control', 'no-store')
  alive(): object {
    return { status: 'live' };
  }

  /**
   * 503 with the reason while no decision may be made here; discovery and JWKS answer even then. Read models are told of
   * and do not count: no token waits for them, so a node whose lists are being built must not lose its traffic. Nor do the
   * keys of credentials: without them loans are refused and tokens are not. Why they are away is told to administrators.
   */
  @Get('ready')
  @Header('cache-control', 'no-store')
  ready(@Res() reply: FastifyReply): void {
    const readModels = this.progress.projectionStatus().map(({ name, state, lagSeconds }) => ({ name, state, lag_seconds: lagSeconds }));
    const { provider, problem } = this.keys.status();
    const about = { read_models: readModels, credential_keys: { provider, state: problem === undefined ? 'usable' : 'away' } };
    const why = this.live.problem() ?? this.deployment.problem();
    if (why === undefined) return void reply.send({ status: 'ready', ...about });
    void reply.code(503).header('retry-after', '1').send({ status: 'not_ready', why, ...about });
  }
}
