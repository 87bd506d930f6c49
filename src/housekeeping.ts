import type { Command, CommandBus } from '@nestjs/cqrs';
import { ChangeAgent } from './commands/agents/change-agent.js';
import { ExpireApproval } from './commands/approvals/expire-approval.js';
import type { CommandContext } from './commands/command-context.js';
import { ClearAwayConnection, ClearAwayCredential } from './commands/credentials/clear-away.js';
import { RefreshAhead } from './commands/credentials/refresh-ahead.js';
import { RotateSigningKeys } from './commands/keys/rotate-signing-keys.js';
import { DEFAULT_TENANT } from './commands/tenants/tenant-directory.js';
import { FinishErasures } from './commands/users/finish-erasures.js';
import { ContinueVaultRotation } from './commands/vault/continue-vault-rotation.js';
import { SYSTEM } from './domain/kernel/event.js';
import type { Clock } from './domain/ports/clock.js';
import type { Jobs } from './domain/ports/jobs.js';
import type { SecretStore } from './domain/ports/secret-store.js';
import type { AgentDirectory } from './projections/agent-directory/agent-directory.queries.js';
import type { Approvals } from './projections/approvals/approvals.queries.js';
import type { Credentials } from './projections/credentials/credentials.queries.js';
import type { Page, PageRequest } from './projections/read-models.js';
import type { Tenants } from './projections/tenants/tenants.queries.js';

/** Whoever asked for a rotation watches it. Where there is none, this looks at one fold in memory. */
const SOON = 5_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Each waits for a server of somebody else. */
const AT_ONCE = 8;

export interface HousekeepingParts {
  readonly bus: CommandBus;
  readonly tenants: Tenants;
  readonly agents: AgentDirectory;
  readonly credentials: Credentials;
  readonly approvals: Approvals;
  readonly secrets: SecretStore;
  readonly clock: Clock;
}

/**
 * What comes round: signing keys, leases and approvals that have run out, secrets whose time is over, credentials that end soon or that nobody
 * may use any more, erasures that were cut short. A job wakes a command, and the command looks into the ledger for what is due, so a job that comes twice, late or
 * not at all changes no decision.
 */
export class Housekeeping {
  constructor(private readonly parts: HousekeepingParts) {}

  scheduleOn(jobs: Jobs): void {
    const work: readonly (readonly [string, number, () => Promise<unknown>])[] = [
      ['rotate-signing-keys', HOUR, () => this.rotateSigningKeys()],
      ['expire-leases', MINUTE, () => this.expireLeases()],
      ['expire-approvals', MINUTE, () => this.expireApprovals()],
      ['refresh-credentials', MINUTE, () => this.refreshCredentials()],
      ['clear-credentials', MINUTE, () => this.clearCredentials()],
      ['finish-erasures', MINUTE, () => this.finishErasures()],
      ['continue-vault-rotation', SOON, () => this.parts.bus.execute(new ContinueVaultRotation(this.context(DEFAULT_TENANT, 'continue-vault-rotation')))],
      ['sweep-secrets', 10 * MINUTE, () => this.parts.secrets.sweep(this.parts.clock.seconds())],
    ];
    for (const [name, everyMs, run] of work) jobs.schedule(name, everyMs, run);
  }

  async rotateSigningKeys(): Promise<void> {
    for await (const { tenantId } of every((request) => this.parts.tenants.everyTenant(request)))
      await this.parts.bus.execute(new RotateSigningKeys(['ES256', 'RS256'], false, this.context(tenantId, 'rotate-signing-keys')));
  }

  /** Nothing is decided by this event (a lease is judged at use); it tells the directory and the auditor. */
  async expireLeases(): Promise<void> {
    const now = this.parts.clock.seconds();
    for await (const { tenantId } of every((request) => this.parts.tenants.everyTenant(request)))
      for await (const { agentId } of every((request) => this.parts.agents.list(tenantId, { ...request, status: 'expired' })))
        await this.parts.bus.execute(new ChangeAgent(agentId, { type: 'ExpireLease', now }, this.context(tenantId, 'expire-leases')));
  }

  /** As with leases: it tells the list and the auditor. */
  expireApprovals(): Promise<void> {
    return this.each((request) => this.parts.approvals.dueForExpiry(request), ({ tenant, approvalId }) => new ExpireApproval(approvalId, this.context(tenant, 'expire-approvals')));
  }

  refreshCredentials(): Promise<void> {
    return this.each((request) => this.parts.credentials.dueForRefresh(request), ({ tenant, connectionId, credentialId }) =>
      new RefreshAhead(connectionId, credentialId, this.context(tenant, 'refresh-credentials')));
  }

  async clearCredentials(): Promise<void> {
    await this.each((request) => this.parts.credentials.dueForDestruction(request), ({ tenant, credentialId }) =>
      new ClearAwayCredential(credentialId, this.context(tenant, 'clear-credentials')));
    await this.each((request) => this.parts.credentials.connectionsToClear(request), ({ tenant, connectionId }) =>
      new ClearAwayConnection(connectionId, this.context(tenant, 'clear-credentials')));
  }

  finishErasures(): Promise<void> {
    return this.each((request) => this.parts.tenants.everyTenant(request), ({ tenantId }) => new FinishErasures(this.context(tenantId, 'finish-erasures')));
  }

  /** One that fails keeps no other from its turn; that it failed is said at the end. */
  private async each<T>(list: (request: PageRequest) => Promise<Page<T>>, commandFor: (one: T) => Command<void>): Promise<void> {
    const failures: unknown[] = [];
    const work = every(list);
    const worker = async (): Promise<void> => {
      for await (const one of work) await this.parts.bus.execute(commandFor(one)).catch((error: unknown) => failures.push(error));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of them failed: ${(failures[0] as Error).message}`);
  }

  private context(tenant: string, job: string): CommandContext {
    return { tenant, actor: SYSTEM, correlationId: `job_${job}_${this.parts.clock.seconds()}` };
  }
}

async function* every<T>(list: (request: PageRequest) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let cursor: string | undefined; ;) {
    const { items, next } = await list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    yield* items;
    if (next === undefined) return;
    cursor = next;
  }
}
