import { Injectable } from '@nestjs/common';
import { Crypto } from '../../domain/ports/crypto.js';
import { malformed } from './admin-problems.js';

/** Where a list goes on, as text for the outside: it opens only in the list and the tenant that it was made for (AD-06). */
@Injectable()
export class Cursors {
  constructor(private readonly crypto: Crypto) {}

  seal(list: string, tenant: string, place: string): string {
    return `${Buffer.from(place).toString('base64url')}.${this.mac(list, tenant, place)}`;
  }

  /** The place, or undefined when no cursor was given. Throws 400 when it is not one of ours. */
  open(list: string, tenant: string, cursor: string | undefined): string | undefined {
    if (cursor === undefined) return undefined;
    const place = Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString();
    if (!this.crypto.equal(cursor, this.seal(list, tenant, place))) throw malformed('cursor.invalid', 'The cursor was not given by this list.');
    return place;
  }

  private mac(list: string, tenant: string, place: string): string {
    return this.crypto.mac('list-cursor', JSON.stringify([list, tenant, place])).slice(0, 22);
  }
}
