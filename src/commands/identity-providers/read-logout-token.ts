import { Injectable } from '@nestjs/common';
import type { IdentityProvider } from '../../domain/idp/idp.decider.js';
import { issuersOf } from '../../domain/idp/issuers.js';
import { type LogoutToken, logoutToken } from '../../domain/idp/logout-token.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { JwtVerifier } from '../../domain/ports/jwt-verifier.js';
import { UpstreamRefused, UpstreamSignIn } from '../../domain/ports/upstream-sign-in.js';
import { KeptKeys, type ReadKeys } from '../kept-keys.js';

/** Believes a logout token that the provider signed, for this hub, just now. Throws Refusal: logout.invalid, sign_in.away. */
@Injectable()
export class ReadLogoutToken {
  /** Anybody may send one, so what is no good costs the provider nothing but a look at its keys in a minute. */
  private readonly kept: KeptKeys;

  constructor(private readonly upstream: UpstreamSignIn, private readonly verifier: JwtVerifier, private readonly clock: Clock) {
    this.kept = new KeptKeys(clock);
  }

  async read(provider: IdentityProvider, token: string): Promise<LogoutToken> {
    const [place, load] = [JSON.stringify([provider.providerId, provider.endpoints.jwks]), () => this.load(provider)];
    const keys = await this.kept.of(place, load);
    if (keys === undefined) throw new Refusal('sign_in.away', 'The keys of the identity provider can\'t be read now.');
    const said = (await this.verified(provider, token, keys)) ?? (await this.verified(provider, token, await this.kept.newerThan(keys, place, load)));
    if (!said) throw new Refusal('logout.invalid', 'This is no valid logout token.');
    return logoutToken(said, { issuers: issuersOf(provider), audience: provider.clientId, now: this.clock.seconds() });
  }

  private async verified({ endpoints: { algorithms } }: IdentityProvider, token: string, keys: string | undefined): Promise<Readonly<Record<string, unknown>> | undefined> {
    return keys === undefined ? undefined : this.verifier.verifyLogoutToken(token, keys, algorithms).catch(() => undefined);
  }

  private async load(provider: IdentityProvider): Promise<ReadKeys | undefined> {
    try {
      return { jwks: await this.upstream.keys(provider) };
    } catch (error) {
      if (error instanceof UpstreamRefused) return undefined;
      throw error;
    }
  }
}
