import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { reservation } from '../../domain/reservation/reservation.decider.js';
import { LiveState } from '../live-state.js';

/**
 * Whose account here an identity of a provider is. It is named by issuer and subject and by nothing else: an e-mail address
 * is a claim that somebody made (DM-07). Both stand in the ledger as one HMAC.
 */
@Injectable()
export class UpstreamIdentities {
  constructor(private readonly live: LiveState, private readonly crypto: Crypto) {}

  digestOf(tenant: string, issuer: string, subject: string): string {
    return this.crypto.mac('identity', JSON.stringify([tenant, issuer, subject]));
  }

  streamOf(digest: string): string {
    return streams.reservation('identity', digest);
  }

  /** Undefined when it never came. Whether it still opens the account is for the account to say. */
  async holderOf(tenant: string, digest: string): Promise<string | undefined> {
    return (await this.live.entry(reservation, this.streamOf(digest), tenant)).state.holder;
  }
}
