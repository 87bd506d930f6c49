import { Injectable } from '@nestjs/common';
import { DeploymentState } from '../../commands/deployment/deployment-state.js';
import { LiveState } from '../../commands/live-state.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { malformed } from './admin-problems.js';

/** Where a list goes on, as text for the outside: it opens only in the list and the tenant that it was made for (AD-06). */
@Injectable()
export class Cursors {
  constructor(private readonly crypto: Crypto, private readonly deployment: DeploymentState, private readonly live: LiveState) {}

  seal(list: string, tenant: string, place: string): string {
    return `${Buffer.from(place).toString('base64url')}.${this.mac(list, tenant, place)}`;
  }

  /** The place, or undefined when no cursor was given. Throws 400 when it is not one of ours. */
  open(list: string, tenant: string, cursor: string | undefined): string | undefined {
    if (cursor === undefined) return undefined;
    const place = Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString();
    if (!this.isOfThisStore(place) || !this.crypto.equal(cursor, this.seal(list, tenant, place))) throw malformed('cursor.invalid', 'The cursor was not given by this list, or is from before the ledger was restored or moved. Begin from the start.');
    return place;
  }

  /** A ledger that was copied into another store has other places there, and their digits are as many as that store gives. */
  private isOfThisStore(place: string): boolean {
    return !/^\d+$/.test(place) || place.length === this.live.position.length;
  }

  private mac(list: string, tenant: string, place: string): string {
    // After a restore a place from before may be one that was forgotten: whoever went on behind it would miss what comes there.
    const { restores } = this.deployment.now;
    return this.crypto.mac('list-cursor', JSON.stringify([list, tenant, place, ...(restores === 0 ? [] : [restores])])).slice(0, 22);
  }
}
