import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { labelOf } from './enrol-factor.js';
import { FactorChecks } from './factor-checks.js';
import { FactorSecrets } from './factor-secrets.js';
import { checkMayChangeFactors } from './may-change-factors.js';
import { undoneIfErased } from '../users/erased-meanwhile.js';
import { personOf } from '../users/person-of.js';
import type { Session } from '../sign-in/sessions.js';

export type FactorChange =
  | { readonly type: 'rename'; readonly label: string }
  /** The last one goes against a recovery code only. */
  | { readonly type: 'remove'; readonly recoveryCode?: string | undefined };

/** A person gives a factor another name, or takes it away. Throws Refusal. */
export class ChangeFactor extends Command<void> {
  constructor(readonly session: Session, readonly factorId: string, readonly change: FactorChange, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ChangeFactor)
export class ChangeFactorHandler implements ICommandHandler<ChangeFactor> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly secrets: FactorSecrets,
    private readonly checks: FactorChecks,
    private readonly clock: Clock,
  ) {}

  async execute(command: ChangeFactor): Promise<void> {
    const { session, change, context } = command;
    const person = await personOf(this.live, context.tenant, session.userId);
    checkMayChangeFactors(person, session, this.clock.seconds());
    await (change.type === 'rename' ? this.rename(command, labelOf(change.label)) : this.remove(command, change.recoveryCode));
  }

  private async rename({ session: { userId }, factorId, context }: ChangeFactor, label: string): Promise<void> {
    await this.write.to(user, streams.user(userId), { type: 'RenameFactor', factorId }, context);
    const { factors } = await personOf(this.live, context.tenant, userId);
    const [known] = await this.secrets.of(context.tenant, userId, factors.enrolled.filter((one) => one.factorId === factorId));
    if (!known) return;
    await this.secrets.put(context.tenant, userId, factorId, { ...known.secret, label });
    await undoneIfErased(this.live, { tenant: context.tenant, userId }, () => this.secrets.removeAll(context.tenant, userId));
  }

  private async remove({ session: { userId }, factorId, context }: ChangeFactor, recoveryCode: string | undefined): Promise<void> {
    const { tenant } = context;
    const code = recoveryCode === undefined ? undefined : await this.checks.recovery(tenant, userId, recoveryCode);
    const { state } = await this.write.to(user, streams.user(userId), { type: 'RemoveFactor', factorId, at: this.clock.seconds(), code }, context);
    await this.secrets.remove(tenant, userId, factorId);
    if (state.status !== 'unknown' && state.factors.enrolled.length === 0) await this.secrets.removeAll(tenant, userId);
  }
}
