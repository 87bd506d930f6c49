import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { UpstreamSignIn } from '../../domain/ports/upstream-sign-in.js';
import { FindProviders } from './find-providers.js';
import { addressesOf } from './provider-addresses.js';
import { type KeptTrip, SignInTrips } from './sign-in-trips.js';

export interface UpstreamWish extends Pick<KeptTrip, 'next' | 'fresh' | 'link'> {
  readonly tenant: string;
  readonly issuer: string;
  /** Of the provider. */
  readonly name: string;
  /** The browser's own secret. */
  readonly browser: string;
}

/** Sends a browser to the identity provider, with everything that tells its own answer from any other. Throws Refusal. */
export class BeginUpstreamSignIn extends Command<{ readonly url: string }> {
  constructor(readonly wish: UpstreamWish) {
    super();
  }
}

@CommandHandler(BeginUpstreamSignIn)
export class BeginUpstreamSignInHandler implements ICommandHandler<BeginUpstreamSignIn> {
  constructor(
    private readonly find: FindProviders,
    private readonly trips: SignInTrips,
    private readonly upstream: UpstreamSignIn,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  async execute({ wish: { tenant, issuer, name, browser, next, fresh, link } }: BeginUpstreamSignIn): Promise<{ url: string }> {
    const provider = await this.find.offered(tenant, name);
    const trip: KeptTrip = {
      redirectUri: addressesOf(issuer, name).redirectUri, state: this.crypto.randomSecret(''), codeVerifier: this.crypto.randomSecret(''), nonce: this.crypto.randomSecret(''), fresh,
      providerId: provider.providerId, epoch: provider.epoch, browser: this.crypto.sha256(browser), next, begunAt: this.clock.seconds(), link,
    };
    const url = await this.upstream.authorizationUrl(provider, trip);
    await this.trips.keep(tenant, trip);
    return { url };
  }
}
