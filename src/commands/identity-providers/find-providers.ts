import { Injectable } from '@nestjs/common';
import { type IdentityProvider, type IdentityProviders, identityProviders, offered } from '../../domain/idp/idp.decider.js';
import { issuersOf } from '../../domain/idp/issuers.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';
import { type Soon, whenHere } from '../soon.js';

/** The identity providers of a tenant, as they stand now. */
@Injectable()
export class FindProviders {
  constructor(private readonly live: LiveState) {}

  of(tenant: string): Soon<IdentityProviders> {
    return whenHere(this.live.entry(identityProviders, streams.idp(tenant), tenant), ({ state }) => state);
  }

  async byId(tenant: string, providerId: string): Promise<IdentityProvider | undefined> {
    return this.one(tenant, (one) => one.providerId === providerId);
  }

  async byName(tenant: string, name: string): Promise<IdentityProvider | undefined> {
    return this.one(tenant, (one) => one.name === name);
  }

  /** The provider whose tokens have this `iss`, byte for byte. It speaks for nobody that it is not set up for. */
  async byIssuer(tenant: string, issuer: string): Promise<IdentityProvider | undefined> {
    return this.one(tenant, (one) => issuersOf(one).includes(issuer));
  }

  /** Throws Refusal unless people can sign in with it now. */
  async offered(tenant: string, name: string): Promise<IdentityProvider> {
    const found = await this.one(tenant, (one) => one.name === name, offered);
    if (!found) throw new Refusal('idp.unknown', 'There is no such identity provider.');
    return found;
  }

  private async one(tenant: string, fits: (one: IdentityProvider) => boolean, among = ({ providers }: IdentityProviders): readonly IdentityProvider[] => providers): Promise<IdentityProvider | undefined> {
    return secondLook(this.live, async () => among(await this.of(tenant)).find(fits), (found) => found !== undefined);
  }
}
