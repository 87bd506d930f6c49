import { Injectable } from '@nestjs/common';
import { UpstreamSignIn } from '../../domain/ports/upstream-sign-in.js';
import type { Session } from '../sign-in/sessions.js';
import { FindProviders } from './find-providers.js';
import { addressesOf } from './provider-addresses.js';

/** The way to the provider's own sign-out (OpenID Connect RP-Initiated Logout 1.0), for whoever came by it. */
@Injectable()
export class SignOutThere {
  constructor(private readonly find: FindProviders, private readonly upstream: UpstreamSignIn) {}

  /** Undefined for a local sign-in, and where the provider offers no such thing. */
  async of(tenant: { readonly id: string; readonly issuer: string }, { upstream }: Pick<Session, 'upstream'>): Promise<{ readonly title: string; readonly url: string } | undefined> {
    const provider = upstream && (await this.find.byId(tenant.id, upstream.providerId));
    const url = provider && this.upstream.endSessionUrl(provider, { idToken: upstream.idToken, redirectUri: addressesOf(tenant.issuer, provider.name).postLogoutRedirectUri });
    return url === undefined ? undefined : { title: provider!.title, url };
  }
}
