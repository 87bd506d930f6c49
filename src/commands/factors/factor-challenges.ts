import { Injectable } from '@nestjs/common';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretStore } from '../../domain/ports/secret-store.js';

/** What a factor is shown for. A passkey signs all of it, so its answer counts for nothing else. */
export interface Occasion {
  readonly tenant: string;
  /** Of the tenant: the page's origin, and the host that passkeys belong to. */
  readonly issuer: string;
  /** 'sign-in', 'second-factor', 'step-up', 'enrolment', 'approval', … */
  readonly purpose: string;
  /** The session's digest; before anybody is signed in the browser's own secret. */
  readonly who: string;
  /** The digest of the exact action that is confirmed, where it is one. */
  readonly action?: string | undefined;
  /** The browser's own secret, where it is known. */
  readonly browser?: string | undefined;
}

export interface Challenge {
  /** In base64url; what the passkey signs. */
  readonly challenge: string;
  /** What the form carries, to make the same challenge again. */
  readonly ticket: string;
}

/** Seconds that a prompt may stay open. */
const LIFETIME = 600;
const TICKET = /^(\d{1,12})\.([\w-]{16,64})$/;

/**
 * A challenge is a MAC over the occasion, a time and a nonce: nothing is stored for whoever opens a page, and it can be made
 * again only for the same person, session, purpose and action. It is spent in the vault, where one of several wins.
 */
@Injectable()
export class FactorChallenges {
  constructor(private readonly crypto: Crypto, private readonly clock: Clock, private readonly secrets: SecretStore) {}

  make(occasion: Occasion): Challenge {
    const ticket = `${this.clock.seconds() + LIFETIME}.${this.crypto.randomId('')}`;
    return { ticket, challenge: this.of(occasion, ticket) };
  }

  /** The challenge of a ticket; undefined when its time is over. */
  read(occasion: Occasion, ticket: string): string | undefined {
    const [, until] = TICKET.exec(ticket) ?? [];
    return until === undefined || Number(until) < this.clock.seconds() ? undefined : this.of(occasion, ticket);
  }

  /** True once. Only for a ticket whose challenge was just answered. */
  spend({ tenant }: Occasion, ticket: string): Promise<boolean> {
    const [, until, nonce] = TICKET.exec(ticket)!;
    return this.secrets.putNew(tenant, 'factor-challenge', { name: nonce!, value: new Uint8Array(), expiresAt: Number(until) + 1 });
  }

  private of({ tenant, issuer, purpose, who, action = '' }: Occasion, ticket: string): string {
    return this.crypto.mac('factor-challenge', JSON.stringify([tenant, issuer, purpose, who, action, ticket]));
  }
}
