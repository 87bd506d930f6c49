import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams } from '../../domain/kernel/ids.js';
import { Passkeys } from '../../domain/ports/passkeys.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { BeginSession, type SignedIn, type Whence } from './begin-session.js';
import { ConfirmFactor, ConfirmFactorHandler, type FactorProof } from '../factors/confirm-factor.js';
import type { Occasion } from '../factors/factor-challenges.js';

/** A passkey says who it is and proves it (WebAuthn discoverable credentials). Throws Refusal when it does not. */
export class SignInWithPasskey extends Command<SignedIn | undefined> {
  constructor(
    readonly proof: Extract<FactorProof, { readonly kind: 'passkey' }>, readonly occasion: Occasion, readonly whence: Whence, readonly context: Omit<CommandContext, 'actor'>,
  ) {
    super();
  }
}

const USER_ID = /^usr_[\w-]{1,64}$/;

@CommandHandler(SignInWithPasskey)
export class SignInWithPasskeyHandler implements ICommandHandler<SignInWithPasskey> {
  constructor(
    private readonly passkeys: Passkeys,
    private readonly live: LiveState,
    private readonly confirm: ConfirmFactorHandler,
    private readonly begin: BeginSession,
  ) {}

  async execute({ proof, occasion, whence, context }: SignInWithPasskey): Promise<SignedIn | undefined> {
    const { userId } = this.passkeys.named(proof.answer) ?? {};
    if (userId === undefined || !USER_ID.test(userId)) return undefined;
    const { state } = await this.live.entry(user, streams.user(userId), context.tenant);
    if (state.status !== 'active') return undefined;
    const { methods, at } = await this.confirm.execute(new ConfirmFactor(userId, proof, occasion, { ...context, actor: { kind: 'anonymous', id: 'anonymous' } }));
    const holds = ({ factors, passwordSetAt }: typeof state): boolean => factors.enrolled.length > 0 && passwordSetAt <= at;
    return this.begin.whole({ userId, methods, ...whence, holds }, context);
  }
}
