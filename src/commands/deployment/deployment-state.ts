import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Deployment, deployment } from '../../domain/deployment/deployment.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { LedgerUnavailable } from '../../domain/ports/ledger.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { DEFAULT_TENANT } from '../tenants/tenant-directory.js';

/** The deployment is the default tenant's affair. */
export const DEPLOYMENT_STREAM = streams.deployment(DEFAULT_TENANT);

const UNKNOWN = 'the state of the deployment is not known';

/** What every request asks of the deployment as a whole, at hand at once. */
@Injectable()
export class DeploymentState implements OnModuleInit {
  private entry: LiveEntry<Deployment> | undefined;
  private operator: string | undefined;

  constructor(private readonly live: LiveState) {}

  async onModuleInit(): Promise<void> {
    this.entry = await this.live.entry(deployment, DEPLOYMENT_STREAM, DEFAULT_TENANT);
    // Never let go of to make room.
    this.entry.pins += 1;
  }

  /** Throws LedgerUnavailable while it is not known. */
  get now(): Deployment {
    if (this.entry?.current) return this.entry.state;
    // Let go of for a gap in what the subscription showed; the next who asks finds it.
    void this.onModuleInit().catch(() => undefined);
    throw new LedgerUnavailable(UNKNOWN);
  }

  /** In quarantine a node serves nobody but the operator of its own machine: somebody has to look at what was forgotten. */
  serveOperator(agentId: string): void {
    this.operator = agentId;
  }

  /** Why nothing is issued to anybody, or not to this agent; undefined when nothing stands in the way. */
  problem(agentId?: string): string | undefined {
    if (!this.entry?.current) return UNKNOWN;
    const { isQuarantined, lastRestore } = this.entry.state;
    if (!isQuarantined || (agentId !== undefined && agentId === this.operator)) return undefined;
    const takenAt = new Date(lastRestore!.takenAt * 1000).toISOString();
    return `restored from a backup of ${takenAt}: nothing is issued until an operator has looked at what it forgot and runs mandate release`;
  }
}
