import { Injectable } from '@nestjs/common';
import { mayComeLocally } from '../../domain/idp/local-accounts.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { user } from '../../domain/user/user.decider.js';
import { LiveState } from '../live-state.js';
import { FindProviders } from './find-providers.js';

/** Whether somebody may sign in without an identity provider. */
@Injectable()
export class LocalSignIn {
  constructor(private readonly providers: FindProviders, private readonly live: LiveState) {}

  /** Throws Refusal unless they may. */
  async check(tenant: string, userId: string): Promise<void> {
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    const person = state.status === 'unknown' ? { userId, identities: [] } : state;
    if (!mayComeLocally(await this.providers.of(tenant), person)) throw new Refusal('sign_in.local_closed', 'Sign in with your identity provider: it opens this account, and nothing else does.');
  }
}
