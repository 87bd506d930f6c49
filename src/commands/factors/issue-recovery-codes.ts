import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { FactorSecrets } from './factor-secrets.js';
import { checkMayChangeFactors } from './may-change-factors.js';
import { personOf } from '../users/person-of.js';
import { newRecoveryCode, recoveryMac } from './recovery-code.js';
import type { Session } from '../sign-in/sessions.js';

/** New recovery codes, shown this once; those of before are void. Throws Refusal. */
export class IssueRecoveryCodes extends Command<readonly string[]> {
  constructor(readonly session: Session, readonly context: CommandContext) {
    super();
  }
}

const COUNT = 10;

@CommandHandler(IssueRecoveryCodes)
export class IssueRecoveryCodesHandler implements ICommandHandler<IssueRecoveryCodes> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly secrets: FactorSecrets,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute({ session, context }: IssueRecoveryCodes): Promise<readonly string[]> {
    const person = await personOf(this.live, context.tenant, session.userId);
    checkMayChangeFactors(person, session, this.clock.seconds());
    if (person.factors.enrolled.length === 0) throw new Refusal('factor.unknown', 'Recovery codes stand in for a factor, and there is none.');
    return this.issue(session.userId, context);
  }

  /** The new set lies in the vault before the event makes it the one that counts. */
  async issue(userId: string, context: CommandContext): Promise<readonly string[]> {
    const { tenant } = context;
    const before = (await personOf(this.live, tenant, userId)).factors.recovery;
    const codes = Array.from({ length: COUNT }, () => newRecoveryCode(this.crypto));
    const batch = this.crypto.randomId('');
    await this.secrets.putCodes(tenant, userId, batch, codes.map((code) => recoveryMac(this.crypto, tenant, userId, code)));
    try {
      await this.write.to(user, streams.user(userId), { type: 'MakeRecoveryCodes', batch, count: COUNT, at: this.clock.seconds() }, context);
    } catch (error) {
      // What was refused was never theirs; of anything else nobody knows whether it stands there.
      if (error instanceof Refusal) await this.secrets.removeCodes(tenant, userId, batch);
      throw error;
    }
    if (before) await this.secrets.removeCodes(tenant, userId, before.batch);
    return codes;
  }
}
