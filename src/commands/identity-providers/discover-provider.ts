import { Injectable } from '@nestjs/common';
import { Refusal } from '../../domain/kernel/refusal.js';
import { type DiscoveredProvider, UpstreamRefused, UpstreamSignIn } from '../../domain/ports/upstream-sign-in.js';

/** Reads a provider's metadata. Only administrators make it do so: what they accepted holds until they accept something else (DM-06). */
@Injectable()
export class DiscoverProvider {
  constructor(private readonly upstream: UpstreamSignIn) {}

  async at(issuer: string): Promise<DiscoveredProvider> {
    if (!URL.canParse(issuer)) throw new Refusal('idp.invalid', 'An issuer is a URL, as the provider has it in its metadata.');
    try {
      return await this.upstream.discover(issuer);
    } catch (error) {
      if (error instanceof UpstreamRefused) throw new Refusal(error.kind === 'away' ? 'idp.unreachable' : 'idp.invalid', error.message);
      throw error;
    }
  }
}
