import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { user } from '../../domain/user/user.decider.js';
import { LiveState } from '../live-state.js';
import { FindProviders } from './find-providers.js';

/** Whether somebody may sign in without an identity provider. */
@Injectable()
export class LocalSignIn {
  constructor(private readonly providers: FindProviders, private readonly live: LiveState) {}

  /**
   * Throws Refusal where people sign in with identity providers only, and for whoever came by one: a passkey that they added
   * here would let them in when their company has locked them out. Not for accounts that are kept for emergencies.
   */
  async check(tenant: string, userId: string): Promise<void> {
    const { ways, emergency, providers } = await this.providers.of(tenant);
    if (ways === 'local' || emergency.includes(userId)) return;
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    const isTheirs = state.status !== 'unknown' && state.identities.some(({ via, providerId }) => via === 'first_sign_in' && providers.some((one) => one.providerId === providerId));
    if (ways === 'upstream' || isTheirs) throw new Refusal('sign_in.local_closed', 'Sign in with your identity provider: it opens this account, and nothing else does.');
  }
}
