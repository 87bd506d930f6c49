import { Injectable } from '@nestjs/common';
import type { IdentityProvider } from '../../domain/idp/idp.decider.js';
import { issuersOf } from '../../domain/idp/issuers.js';
import { type UpstreamPerson, checkAdmitted, upstreamPerson } from '../../domain/idp/upstream-person.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type UpstreamIdentity, UpstreamRefused, UpstreamSignIn } from '../../domain/ports/upstream-sign-in.js';
import { FindProviders } from './find-providers.js';
import { ProviderSecrets } from './provider-secrets.js';
import { type KeptTrip, SignInTrips } from './sign-in-trips.js';

/** What a browser brought back. */
export interface UpstreamAnswer {
  /** Of the provider whose redirect URI it arrived at. */
  readonly name: string;
  /** The query, as it came. */
  readonly query: string;
  /** The browser's own secret; undefined when it has none. */
  readonly browser: string | undefined;
}
/** Who it is, by the word of which provider, and what was begun. */
export interface ReadAnswer {
  readonly trip: KeptTrip;
  readonly provider: IdentityProvider;
  readonly identity: UpstreamIdentity;
  readonly person: UpstreamPerson;
}

/** Seconds between the provider's clock and ours that are forgiven. */
const SKEW = 60;

const REFUSED = {
  away: ['sign_in.away', 'The identity provider can\'t be reached, or has a problem of its own. Try again in a minute.'],
  denied: ['sign_in.denied', 'The identity provider signed nobody in.'],
  invalid: ['sign_in.answer_invalid', 'What the identity provider said could not be believed.'],
} as const;

/** Believes what a provider said, when it is the answer to what this browser began with it, and to nothing else. Throws Refusal. */
@Injectable()
export class ReadUpstreamAnswer {
  constructor(
    private readonly find: FindProviders,
    private readonly trips: SignInTrips,
    private readonly secrets: ProviderSecrets,
    private readonly upstream: UpstreamSignIn,
    private readonly crypto: Crypto,
  ) {}

  /** The trip is spent by it, whatever follows. */
  async begun(tenant: string, { query, browser }: UpstreamAnswer): Promise<KeptTrip> {
    const states = new URLSearchParams(query).getAll('state');
    const trip = states.length === 1 ? await this.trips.take(tenant, states[0]!) : undefined;
    if (!trip) throw new Refusal('sign_in.state_unknown', 'This answer does not belong to anything that was begun here, or it was used before.');
    if (browser === undefined || !this.crypto.equal(trip.browser, this.crypto.sha256(browser))) throw new Refusal('sign_in.other_browser', 'It was begun in another browser.');
    return trip;
  }

  async read(tenant: string, trip: KeptTrip, { name, query }: UpstreamAnswer): Promise<ReadAnswer> {
    const provider = await this.find.offered(tenant, name);
    checkAddressed(provider, trip, new URLSearchParams(query).getAll('iss'));
    const identity = await this.redeemed(provider, await this.secrets.open(tenant, provider), query, trip);
    if (!issuersOf(provider).includes(identity.issuer)) throw new Refusal('sign_in.not_admitted', 'The people of this directory are not let in here.');
    checkAdmitted(provider, identity.claims);
    const person = upstreamPerson(provider, identity.claims);
    if (trip.fresh && (person.authTime ?? 0) < trip.begunAt - SKEW) throw new Refusal('sign_in.not_fresh', 'The identity provider did not ask you to prove anew who you are, or does not say so.');
    return { trip, provider, identity, person };
  }

  private async redeemed(provider: IdentityProvider, secret: string, query: string, trip: KeptTrip): Promise<UpstreamIdentity> {
    try {
      return await this.upstream.redeem(provider, secret, query, trip);
    } catch (error) {
      if (!(error instanceof UpstreamRefused)) throw error;
      const [code, message] = REFUSED[error.kind];
      throw new Refusal(code, message, error.reason);
    }
  }
}

/** An answer of another provider, or to other settings, is none; before anything in it is used (DM-05, RFC 9207 section 2.4). */
const checkAddressed = (provider: IdentityProvider, { providerId, epoch }: KeptTrip, issuers: readonly string[]): void => {
  const isNamed = issuers.length === 0 ? !provider.endpoints.answersWithIssuer : issuers.length === 1 && issuersOf(provider).includes(issuers[0]!);
  if (providerId !== provider.providerId || !isNamed) throw new Refusal('sign_in.mixed_up', 'It is the answer of another identity provider.');
  if (epoch !== provider.epoch) throw new Refusal('sign_in.settings_changed', 'The identity provider was set anew meanwhile.');
};
