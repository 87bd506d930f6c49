import { Injectable } from '@nestjs/common';
import { FactorChallenges, type Occasion } from '../../commands/factors/factor-challenges.js';
import type { FactorProof } from '../../commands/factors/confirm-factor.js';
import { FactorSecrets } from '../../commands/factors/factor-secrets.js';
import { LiveState } from '../../commands/live-state.js';
import { streams } from '../../domain/kernel/ids.js';
import { Passkeys } from '../../domain/ports/passkeys.js';
import { codesLeft, usableFactors } from '../../domain/user/factors.js';
import { user } from '../../domain/user/user.decider.js';
import type { Form } from '../http/form.js';
import type { FactorChoice } from '../pages/factor-prompt.js';

/** What a page needs to ask a person for a factor, and what comes back from it. */
@Injectable()
export class FactorPrompts {
  constructor(
    private readonly live: LiveState,
    private readonly factorSecrets: FactorSecrets,
    private readonly challenges: FactorChallenges,
    private readonly passkeys: Passkeys,
  ) {}

  /** With what this person can answer; undefined when they have nothing that would do. An action is never confirmed by a recovery code. */
  async of(userId: string, occasion: Occasion): Promise<FactorChoice | undefined> {
    const { state } = await this.live.entry(user, streams.user(userId), occasion.tenant);
    if (state.status === 'unknown' || state.factors.enrolled.length === 0) return undefined;
    const { factors } = state;
    const known = await this.factorSecrets.of(occasion.tenant, userId, usableFactors(factors, 'passkey'));
    const passkeys = known.flatMap(({ secret }) => ('passkey' in secret ? [secret.passkey] : []));
    const [totp, recovery] = [usableFactors(factors, 'totp').length > 0, occasion.action === undefined && codesLeft(factors) > 0];
    if (passkeys.length === 0 && !totp && !recovery) return undefined;
    return { passkey: passkeys.length === 0 ? undefined : this.passkey(occasion, passkeys), totp, recovery };
  }

  /** For whoever it may be: the passkey says. */
  anybody(occasion: Occasion): NonNullable<FactorChoice['passkey']> {
    return this.passkey(occasion, []);
  }

  private passkey(occasion: Occasion, known: Parameters<Passkeys['request']>[1]['known']): NonNullable<FactorChoice['passkey']> {
    const { challenge, ticket } = this.challenges.make(occasion);
    return { ticket, options: this.passkeys.request({ origin: new URL(occasion.issuer).origin, name: '' }, { challenge, known }) };
  }
}

/** What a form of `factorPrompt` brought; undefined when it is none. */
export const proofOf = (fields: Form): FactorProof | undefined => {
  const [kind, code, ticket, answer] = ['factor', 'code', 'ticket', 'answer'].map((name) => fields.get(name));
  if (kind === 'passkey') return ticket === undefined || answer === undefined ? undefined : { kind, ticket, answer };
  return (kind === 'totp' || kind === 'recovery') && code !== undefined ? { kind, code } : undefined;
};
