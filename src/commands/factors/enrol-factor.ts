import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { FactorSecrets } from './factor-secrets.js';
import { IssueRecoveryCodesHandler } from './issue-recovery-codes.js';
import { checkMayChangeFactors } from './may-change-factors.js';
import { type NewFactor, NewFactors } from './new-factors.js';
import { personOf } from '../users/person-of.js';
import type { Session } from '../sign-in/sessions.js';

export interface Enrolled {
  readonly factorId: string;
  /** With the first factor; shown this once. */
  readonly recoveryCodes: readonly string[] | undefined;
}

/** A person adds a way to prove who they are. It proves nothing for the session it is added in: that takes using it. Throws Refusal. */
export class EnrolFactor extends Command<Enrolled> {
  constructor(readonly session: Session, readonly issuer: string, readonly shown: NewFactor, readonly label: string, readonly context: CommandContext) {
    super();
  }
}

export const labelOf = (text: string): string => {
  const label = text.trim();
  if (label.length === 0 || label.length > 60) throw new Refusal('user.invalid', 'A name has 1 to 60 characters.');
  return label;
};

@CommandHandler(EnrolFactor)
export class EnrolFactorHandler implements ICommandHandler<EnrolFactor> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly secrets: FactorSecrets,
    private readonly newFactors: NewFactors,
    private readonly recovery: IssueRecoveryCodesHandler,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute({ session, issuer, shown, label, context }: EnrolFactor): Promise<Enrolled> {
    const { userId } = session;
    const { tenant } = context;
    const at = this.clock.seconds();
    const person = await personOf(this.live, tenant, userId);
    checkMayChangeFactors(person, session, at);
    const { secret, proven } = await this.newFactors.read(shown, { tenant, issuer, session, person, label: labelOf(label) });
    const factorId = this.crypto.randomId(ID_PREFIX.factor);
    await this.secrets.put(tenant, userId, factorId, secret);
    try {
      await this.write.to(user, streams.user(userId), { type: 'EnrolFactor', factorId, kind: shown.kind, at, ...proven }, context);
    } catch (error) {
      if (error instanceof Refusal) await this.secrets.remove(tenant, userId, factorId);
      throw error;
    }
    // Looked at again: another window may have added a factor too, and the codes that it shows must not be void already.
    const { factors } = await personOf(this.live, tenant, userId);
    return { factorId, recoveryCodes: factors.recovery ? undefined : await this.recovery.issue(userId, context) };
  }
}
