import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { reservation } from '../../domain/reservation/reservation.decider.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';
import type { BelievedToken } from './trusted-tokens.js';

/** A token with a jti counts once, on all nodes together and after every restart: whoever writes its reservation has it. */
@Injectable()
export class SpendToken {
  constructor(private readonly write: Write, private readonly crypto: Crypto) {}

  /** False when it was spent before. Those that the rule lets be used again, or that have no jti, are never spent. */
  async spend({ rule, claims }: BelievedToken, context: CommandContext): Promise<boolean> {
    const { jti } = claims;
    // Whatever kind of value it is: a platform that numbers its tokens means the same.
    if (!rule.singleUse || jti === undefined) return true;
    const stream = streams.reservation('assertion', this.crypto.mac('assertion', JSON.stringify([context.tenant, rule.issuer, jti])));
    try {
      await this.write.to(reservation, stream, { type: 'ReserveName', kind: 'assertion', holder: this.crypto.randomId('use_') }, context);
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'reservation.taken') return false;
      throw error;
    }
  }
}
