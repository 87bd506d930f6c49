import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { METHODS } from '../../domain/user/authentication.js';
import type { FactorCommand } from '../../domain/user/factors.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import { Write } from '../write.js';
import type { Occasion } from './factor-challenges.js';
import { FactorChecks, factorRefused } from './factor-checks.js';

/** What a person shows: the browser's answer to a passkey prompt and the prompt's ticket, or a code as it was typed. */
export type FactorProof =
  | { readonly kind: 'passkey'; readonly ticket: string; readonly answer: string }
  | { readonly kind: 'totp' | 'recovery'; readonly code: string };

export interface Confirmed {
  readonly kind: FactorProof['kind'];
  /** RFC 8176. */
  readonly methods: readonly string[];
  /** NumericDate. */
  readonly at: number;
}

/**
 * A person shows a factor, for one occasion and once. Throws Refusal, recorded: factor.refused (nothing fits), factor.replayed,
 * factor.locked (too many codes were tried), factor.distrusted. Recovery codes let people in; they confirm no action.
 */
export class ConfirmFactor extends Command<Confirmed> {
  constructor(readonly userId: string, readonly proof: FactorProof, readonly occasion: Occasion, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ConfirmFactor)
export class ConfirmFactorHandler implements ICommandHandler<ConfirmFactor> {
  constructor(
    private readonly checks: FactorChecks,
    private readonly write: Write,
    private readonly refusals: NoteRefusalHandler,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute(command: ConfirmFactor): Promise<Confirmed> {
    const { userId, proof, occasion, context } = command;
    try {
      await this.confirm(command);
      return { kind: proof.kind, methods: METHODS[proof.kind], at: this.clock.seconds() };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const told = activityEvents.FactorRefused({ userId, factor: proof.kind, purpose: occasion.purpose, reason: error.code });
      await this.refusals.execute(new NoteRefusal(told, context));
      throw error;
    }
  }

  private async confirm({ userId, proof, occasion, context }: ConfirmFactor): Promise<void> {
    const { tenant, purpose, action } = occasion;
    const at = this.clock.seconds();
    // For each person another name, so that the ledger does not tell who shares a browser.
    const browser = occasion.browser === undefined ? undefined : this.crypto.mac('factor-browser', JSON.stringify([tenant, userId, occasion.browser]));
    const to = async (command: FactorCommand) => (await this.write.to(user, streams.user(userId), command, context)).events;
    if (proof.kind === 'recovery') {
      if (action !== undefined) throw factorRefused();
      await to({ type: 'UseRecoveryCode', ...(await this.checks.recovery(tenant, userId, proof.code)), at, purpose });
      return;
    }
    // Counted before it is looked at: of a hundred at once no more are compared than one after the other.
    if (proof.kind === 'totp') await to({ type: 'TryCode', at, browser });
    const shown = proof.kind === 'passkey' ? await this.checks.passkey(userId, proof, occasion) : await this.checks.totp(tenant, userId, proof.code);
    const events = await to({ type: 'ConfirmFactor', ...shown, at, purpose, action, browser });
    if (events.some(({ type }) => type === 'FactorDistrusted')) throw new Refusal('factor.distrusted', 'This passkey can\'t be used any more: a copy of it is in use.');
  }
}
