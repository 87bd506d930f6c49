import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { OneTimeCodes } from '../../domain/ports/one-time-codes.js';
import { Passkeys } from '../../domain/ports/passkeys.js';
import { type FactorKind, NO_FACTORS, type Factors, usableFactors } from '../../domain/user/factors.js';
import { user } from '../../domain/user/user.decider.js';
import { LiveState } from '../live-state.js';
import { FactorChallenges, type Occasion } from './factor-challenges.js';
import { FactorSecrets } from './factor-secrets.js';
import { recoveryMac } from './recovery-code.js';

export const factorRefused = (): Refusal => new Refusal('factor.refused', 'This could not be confirmed. Try again.');

/** Whether what somebody shows fits a factor of theirs. That it counts only once is for the ledger to say. Each throws Refusal('factor.refused'). */
@Injectable()
export class FactorChecks {
  constructor(
    private readonly live: LiveState,
    private readonly secrets: FactorSecrets,
    private readonly challenges: FactorChallenges,
    private readonly passkeys: Passkeys,
    private readonly codes: OneTimeCodes,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  /** Spends the challenge. */
  async passkey(userId: string, { ticket, answer }: { readonly ticket: string; readonly answer: string }, occasion: Occasion): Promise<{ readonly factorId: string; readonly counter: number }> {
    const challenge = this.challenges.read(occasion, ticket);
    const named = this.passkeys.named(answer);
    if (challenge === undefined || !named || (named.userId ?? userId) !== userId) throw factorRefused();
    const known = await this.usable(occasion.tenant, userId, 'passkey');
    const found = known.find(({ secret }) => 'passkey' in secret && secret.passkey.credentialId === named.credentialId);
    if (!found || !('passkey' in found.secret)) throw factorRefused();
    const shown = await this.passkeys.confirmed({ origin: new URL(occasion.issuer).origin, name: '' }, challenge, answer, found.secret.passkey);
    if (!shown) throw factorRefused();
    if (!(await this.challenges.spend(occasion, ticket))) throw new Refusal('factor.replayed', 'This prompt was answered before. Try again.');
    return { factorId: found.factorId, counter: shown.counter };
  }

  async totp(tenant: string, userId: string, typed: string): Promise<{ readonly factorId: string; readonly step: number }> {
    const [code, now] = [typed.replaceAll(/\s/g, ''), this.clock.seconds()];
    for (const { factorId, secret } of await this.usable(tenant, userId, 'totp')) {
      const step = 'totp' in secret ? await this.codes.stepOf(secret.totp, code, now) : undefined;
      if (step !== undefined) return { factorId, step };
    }
    throw factorRefused();
  }

  async recovery(tenant: string, userId: string, code: string): Promise<{ readonly batch: string; readonly number: number }> {
    const { recovery } = await this.factors(tenant, userId);
    const macs = recovery ? await this.secrets.codes(tenant, userId, recovery.batch) : [];
    const mac = recoveryMac(this.crypto, tenant, userId, code);
    const [number] = macs.flatMap((one, n) => (this.crypto.equal(one, mac) ? [n] : []));
    if (!recovery || number === undefined) throw factorRefused();
    return { batch: recovery.batch, number };
  }

  private async usable(tenant: string, userId: string, kind: FactorKind) {
    return this.secrets.of(tenant, userId, usableFactors(await this.factors(tenant, userId), kind));
  }

  private async factors(tenant: string, userId: string): Promise<Factors> {
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    return state.status === 'active' ? state.factors : NO_FACTORS;
  }
}
