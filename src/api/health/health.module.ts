import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { NodeGauges } from './node-gauges.js';

/** How a node is: all that a worker answers, and a part of what every other node does. */
@Module({})
export class HealthModule {
  static on(...imports: DynamicModule[]): DynamicModule {
    return { module: HealthModule, imports, controllers: [HealthController, MetricsController], providers: [NodeGauges] };
  }
}
