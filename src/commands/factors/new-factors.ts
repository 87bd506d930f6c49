import { Injectable } from '@nestjs/common';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { OneTimeCodes } from '../../domain/ports/one-time-codes.js';
import { Passkeys } from '../../domain/ports/passkeys.js';
import type { KnownUser } from '../../domain/user/user.decider.js';
import { FactorChallenges, type Occasion } from './factor-challenges.js';
import { type FactorSecret, FactorSecrets } from './factor-secrets.js';
import type { Session } from '../sign-in/sessions.js';

/** The browser's answer to a prompt that makes a passkey, or the secret that an app was given and its first code. */
export type NewFactor =
  | { readonly kind: 'passkey'; readonly ticket: string; readonly answer: string }
  | { readonly kind: 'totp'; readonly secret: string; readonly code: string };

interface Around {
  readonly tenant: string;
  readonly issuer: string;
  readonly session: Session;
  readonly person: KnownUser;
  readonly label: string;
}
interface Read {
  readonly secret: FactorSecret;
  readonly proven: { readonly step?: number; readonly counter?: number };
}

export const enrolmentOccasion = (tenant: string, issuer: string, session: Session): Occasion => ({ tenant, issuer, purpose: 'enrolment', who: session.digest });

/** Whether what a person wants to add works, shown by its first use. */
@Injectable()
export class NewFactors {
  constructor(
    private readonly secrets: FactorSecrets,
    private readonly challenges: FactorChallenges,
    private readonly passkeys: Passkeys,
    private readonly codes: OneTimeCodes,
    private readonly clock: Clock,
  ) {}

  /** Throws Refusal. */
  read(shown: NewFactor, around: Around): Promise<Read> {
    return shown.kind === 'totp' ? this.totp(shown, around) : this.passkey(shown, around);
  }

  private async totp({ secret, code }: Extract<NewFactor, { kind: 'totp' }>, { label }: Around): Promise<Read> {
    const step = await this.codes.stepOf(secret, code.replaceAll(/\s/g, ''), this.clock.seconds());
    if (step === undefined) throw new Refusal('factor.refused', 'This is not the code that the app shows now. Check the clock of your phone and try again.');
    return { secret: { label, totp: secret }, proven: { step } };
  }

  private async passkey({ ticket, answer }: Extract<NewFactor, { kind: 'passkey' }>, { tenant, issuer, session, person, label }: Around): Promise<Read> {
    const occasion = enrolmentOccasion(tenant, issuer, session);
    const challenge = this.challenges.read(occasion, ticket);
    const made = challenge === undefined ? undefined : await this.passkeys.enrolled({ origin: new URL(issuer).origin, name: '' }, challenge, answer);
    if (!made || !(await this.challenges.spend(occasion, ticket))) throw new Refusal('factor.refused', 'The passkey could not be checked. Try again.');
    const { counter, ...passkey } = made;
    const known = await this.secrets.of(tenant, session.userId, person.factors.enrolled);
    if (known.some(({ secret }) => 'passkey' in secret && secret.passkey.credentialId === passkey.credentialId))
      throw new Refusal('factor.refused', 'This passkey is there already.');
    return { secret: { label, passkey }, proven: { counter } };
  }
}
