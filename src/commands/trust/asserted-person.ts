import { Injectable } from '@nestjs/common';
import { checkAdmitted, upstreamPerson } from '../../domain/idp/upstream-person.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { Claims } from '../../domain/ports/jwt-verifier.js';
import type { IdJag } from '../../domain/trust/id-jag.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { AdmitPerson } from '../identity-providers/admit-person.js';
import { FindProviders } from '../identity-providers/find-providers.js';
import { UpstreamIdentities } from '../identity-providers/upstream-identities.js';
import { LiveState } from '../live-state.js';

/** For whom an identity provider speaks: the account that its sign-in opens, by issuer and subject; else a new one, by the same rules. */
@Injectable()
export class AssertedPerson {
  constructor(
    private readonly live: LiveState,
    private readonly find: FindProviders,
    private readonly identities: UpstreamIdentities,
    private readonly admit: AdmitPerson,
  ) {}

  /** Throws Refusal. What is known of a person is not changed by it: an assertion says less of them than a sign-in. */
  async of({ issuer, subject }: IdJag, claims: Claims, context: CommandContext): Promise<string> {
    const { tenant } = context;
    const provider = await this.find.byIssuer(tenant, issuer);
    if (!provider || (await this.find.of(tenant)).ways === 'local') throw new Refusal('idp.unknown', 'People do not sign in with this identity provider here.');
    checkAdmitted(provider, claims);
    const identity = this.identities.digestOf(tenant, issuer, subject);
    const holder = await this.identities.holderOf(tenant, identity);
    if (holder !== undefined) {
      const { state } = await this.live.entry(user, streams.user(holder), tenant);
      if (state.status === 'disabled') throw new Refusal('user.disabled', 'The account is disabled.');
      if (state.status === 'active' && !state.identities.some((one) => one.identity === identity)) throw new Refusal('sign_in.unlinked', 'The identity was taken off the account that it opened.');
      if (state.status === 'active') return holder;
    }
    return this.admit.of({ provider, identity: { issuer, subject }, person: upstreamPerson(provider, claims) }, context);
  }
}
