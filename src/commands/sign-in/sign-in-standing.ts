import { Injectable } from '@nestjs/common';
import { admitsStill } from '../../domain/idp/admits-still.js';
import { identityProviders, offered } from '../../domain/idp/idp.decider.js';
import { mayComeLocally } from '../../domain/idp/local-accounts.js';
import { streams } from '../../domain/kernel/ids.js';
import type { KnownUser } from '../../domain/user/user.decider.js';
import { LiveState } from '../live-state.js';

export interface RestsOn {
  readonly providerId: string;
  /** Of the provider, when the session began; those of before there was one have none. */
  readonly epoch?: number | undefined;
  /** HMAC of the provider's name of its own session. */
  readonly upstreamSession?: string | undefined;
  /** What the provider's word made of the sign-in by the mapping of then (acr); 1 where it is not said. */
  readonly level?: number | undefined;
  readonly idToken: string;
}

/** Whether the way in which somebody signed in would let them in still, by what stands in the ledger now. */
@Injectable()
export class SignInStanding {
  constructor(private readonly live: LiveState) {}

  async holds(tenant: string, upstream: RestsOn | undefined, person: KnownUser): Promise<boolean> {
    const { state } = await this.live.entry(identityProviders, streams.idp(tenant), tenant);
    if (!upstream) return mayComeLocally(state, person);
    const { providerId, epoch = 0, level = 1, idToken } = upstream;
    // Who came by a provider that was taken away is signed out with it, and stays so when there is one of its name again.
    const provider = offered(state).find((one) => one.providerId === providerId && one.since <= epoch);
    return provider !== undefined && (provider.epoch === epoch || admitsStill(provider, claimsOf(idToken), person, level));
  }
}

/** It was verified at the sign-in, and has been in the vault since. One that can't be read says nothing, and lets nobody in. */
const claimsOf = (idToken: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
};
