import { Injectable } from '@nestjs/common';
import { FindProviders } from '../../commands/identity-providers/find-providers.js';
import { offered } from '../../domain/idp/idp.decider.js';
import type { KnownUser } from '../../domain/user/user.decider.js';
import type { ShownIdentities } from '../pages/identities-part.js';

/** What opens a person's account beside what they have here, and what could. */
@Injectable()
export class LinkedIdentities {
  constructor(private readonly providers: FindProviders) {}

  async of(tenant: string, { identities }: KnownUser): Promise<ShownIdentities> {
    const state = await this.providers.of(tenant);
    const titleOf = (id: string, issuer: string): string => state.providers.find(({ providerId }) => providerId === id)?.title ?? new URL(issuer).host;
    return {
      linked: identities.map(({ identity, providerId, issuer, via }) => ({ identity, title: titleOf(providerId, issuer), isOwn: via === 'first_sign_in' })),
      offered: offered(state).filter(({ providerId }) => !identities.some((one) => one.providerId === providerId)).map(({ name, title }) => ({ provider: name, title })),
    };
  }
}
