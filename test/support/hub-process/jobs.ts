import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CommandBus } from '@nestjs/cqrs';
import type { CommandContext } from '../../../src/commands/command-context.js';
import { ExpireApproval, ExpireApprovalHandler } from '../../../src/commands/approvals/expire-approval.js';
import { ConnectionSecrets } from '../../../src/commands/connections/connection-secrets.js';
import { FindConnection } from '../../../src/commands/connections/find-connection.js';
import { ClearAwayConnection, ClearAwayCredential } from '../../../src/commands/credentials/clear-away.js';
import { KeepCredential } from '../../../src/commands/credentials/keep-credential.js';
import { RefreshAhead, RefreshAheadHandler } from '../../../src/commands/credentials/refresh-ahead.js';
import { RefreshCredential } from '../../../src/commands/credentials/refresh-credential.js';
import { LiveState } from '../../../src/commands/live-state.js';
import { FinishErasures } from '../../../src/commands/users/finish-erasures.js';
import { ContinueVaultRotation, ContinueVaultRotationHandler } from '../../../src/commands/vault/continue-vault-rotation.js';
import { Write } from '../../../src/commands/write.js';
import { Clock } from '../../../src/domain/ports/clock.js';
import { CredentialVault } from '../../../src/domain/ports/credential-vault.js';
import { Crypto } from '../../../src/domain/ports/crypto.js';
import { DownstreamOAuth } from '../../../src/domain/ports/downstream-oauth.js';
import { VaultKeys } from '../../../src/domain/ports/vault-keys.js';
import { SETTLING } from '../../../src/domain/vault/vault.decider.js';
import type { Job } from './messages.js';

/** Each time somebody looks so much time has passed: as much as a rotation waits for, and more than anybody is waited for. */
class PassingClock extends Clock {
  private passed = 0;

  constructor(private readonly clock: Clock) {
    super();
  }

  override now(): number {
    this.passed += SETTLING * 1_000;
    return this.clock.now() + this.passed;
  }
}

/** The clock of a process that died may have been further than that of the next one: so often the next one looks before it is as far. */
const LOOKS = 10;

/** Of a node that looks later than the others. */
class LaterClock extends Clock {
  constructor(private readonly clock: Clock, private readonly milliseconds: number) {
    super();
  }

  override now(): number {
    return this.clock.now() + this.milliseconds;
  }
}

/** What a worker's job wakes: the command itself. */
export const runJob = async (app: NestFastifyApplication, clock: Clock, job: Job, context: CommandContext): Promise<void> => {
  const bus = app.get(CommandBus, { strict: false });
  if (job.name === 'clear-credential') return bus.execute(new ClearAwayCredential(job.id, context));
  if (job.name === 'clear-connection') return bus.execute(new ClearAwayConnection(job.id, context));
  if (job.name === 'finish-erasures') return bus.execute(new FinishErasures(context));
  const inside = <T>(token: abstract new (...args: never[]) => T): T => app.get(token as never, { strict: false });
  if (job.name === 'expire-approval') return new ExpireApprovalHandler(inside(Write), new PassingClock(clock)).execute(new ExpireApproval(job.id, context));
  if (job.name === 'refresh-ahead') {
    const later = new LaterClock(clock, job.later * 1_000);
    const keep = inside(KeepCredential);
    const refreshing = new RefreshCredential(inside(Write), inside(LiveState), keep, inside(ConnectionSecrets), inside(CredentialVault), inside(DownstreamOAuth), inside(Crypto), later);
    return new RefreshAheadHandler(inside(FindConnection), keep, refreshing, inside(Crypto), later).execute(new RefreshAhead(job.connectionId, job.id, context));
  }
  const handler = new ContinueVaultRotationHandler(inside(LiveState), inside(Write), inside(VaultKeys), new PassingClock(clock));
  for (let look = 0; look < LOOKS; look += 1) await handler.execute(new ContinueVaultRotation(context));
};
