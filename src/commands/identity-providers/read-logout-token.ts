import { Injectable } from '@nestjs/common';
import type { IdentityProvider } from '../../domain/idp/idp.decider.js';
import { issuersOf } from '../../domain/idp/issuers.js';
import { type LogoutToken, logoutToken } from '../../domain/idp/logout-token.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { JwtVerifier } from '../../domain/ports/jwt-verifier.js';
import { UpstreamRefused, UpstreamSignIn } from '../../domain/ports/upstream-sign-in.js';

/** Believes a logout token that the provider signed, for this hub, just now. Throws Refusal: logout.invalid, sign_in.away. */
@Injectable()
export class ReadLogoutToken {
  constructor(private readonly upstream: UpstreamSignIn, private readonly verifier: JwtVerifier, private readonly clock: Clock) {}

  async read(provider: IdentityProvider, token: string): Promise<LogoutToken> {
    const keys = await this.keys(provider);
    const said = await this.verifier.verifyLogoutToken(token, keys, provider.endpoints.algorithms).catch(() => undefined);
    if (!said) throw new Refusal('logout.invalid', 'This is no valid logout token.');
    return logoutToken(said, { issuers: issuersOf(provider), audience: provider.clientId, now: this.clock.seconds() });
  }

  private async keys(provider: IdentityProvider): Promise<string> {
    try {
      return await this.upstream.keys(provider);
    } catch (error) {
      if (error instanceof UpstreamRefused) throw new Refusal('sign_in.away', 'The keys of the identity provider can\'t be read now.');
      throw error;
    }
  }
}
