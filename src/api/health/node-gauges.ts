import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DeploymentState } from '../../commands/deployment/deployment-state.js';
import { LiveState } from '../../commands/live-state.js';
import { Metrics } from '../../domain/ports/metrics.js';
import { VaultKeys } from '../../domain/ports/vault-keys.js';
import { ProjectionProgress } from '../../projections/projection-status.js';

/** What is measured on every node, whatever it does. */
@Injectable()
export class NodeGauges implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly live: LiveState,
    private readonly deployment: DeploymentState,
    private readonly progress: ProjectionProgress,
    private readonly keys: VaultKeys,
  ) {}

  onModuleInit(): void {
    this.metrics.watch('ready', () => ((this.live.problem() ?? this.deployment.problem()) === undefined ? 1 : 0));
    this.metrics.watch('credential_keys_usable', () => (this.keys.status().problem === undefined ? 1 : 0));
    this.metrics.watch('live_state_entries', () => this.live.size);
    this.metrics.watch('projection_lag_seconds', () => Math.max(0, ...this.progress.projectionStatus().map(({ lagSeconds }) => lagSeconds)));
  }
}
