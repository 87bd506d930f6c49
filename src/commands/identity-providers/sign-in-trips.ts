import { Injectable } from '@nestjs/common';
import type { SignInTrip } from '../../domain/ports/upstream-sign-in.js';
import { SentAway } from '../sent-away.js';

/** A sign-in under way at a provider: what was begun, in which browser, under which settings, and what goes on after it. */
export interface KeptTrip extends SignInTrip {
  readonly providerId: string;
  readonly epoch: number;
  /** SHA-256 of the browser's own secret: no other browser may end it (CN-04). */
  readonly browser: string;
  /** An authorization query behind its question mark, a path of ours, or nothing. */
  readonly next: string;
  /** NumericDate. */
  readonly begunAt: number;
  /** The session that wants the account linked to its own; undefined for a sign-in. */
  readonly link: { readonly userId: string; readonly sessionDigest: string } | undefined;
}

const KIND = 'sign-in-trip';

@Injectable()
export class SignInTrips {
  constructor(private readonly sentAway: SentAway) {}

  keep(tenant: string, trip: KeptTrip): Promise<void> {
    return this.sentAway.keep(tenant, KIND, trip.state, trip);
  }

  take(tenant: string, state: string): Promise<KeptTrip | undefined> {
    return this.sentAway.take<KeptTrip>(tenant, KIND, state);
  }
}
