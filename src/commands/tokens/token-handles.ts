import { Injectable } from '@nestjs/common';
import { Crypto } from '../../domain/ports/crypto.js';

export interface RefreshHandle {
  readonly authorizationId: string;
  readonly generation: number;
}

/**
 * Codes and refresh tokens are names of what stands in the ledger, with a MAC over (tenant, authorization, generation).
 * Nothing of them is stored, a guess is refused without touching the ledger, and the successor of a refresh token can
 * be given again within the grace, since it is computed and not remembered.
 */
@Injectable()
export class TokenHandles {
  constructor(private readonly crypto: Crypto) {}

  code(tenant: string, authorizationId: string): string {
    return `mc_${authorizationId}.${this.crypto.mac('authorization-code', JSON.stringify([tenant, authorizationId]))}`;
  }

  /** The authorization that the code names, or undefined when it was not made here for this tenant. */
  readCode(tenant: string, text: string): string | undefined {
    const authorizationId = /^mc_(aut_[\w-]+)\.[\w-]+$/.exec(text)?.[1];
    return authorizationId !== undefined && this.crypto.equal(text, this.code(tenant, authorizationId)) ? authorizationId : undefined;
  }

  refreshToken(tenant: string, { authorizationId, generation }: RefreshHandle): string {
    const mac = this.crypto.mac('refresh-token', JSON.stringify([tenant, authorizationId, generation]));
    return `mr_${authorizationId}.${generation}.${mac}`;
  }

  readRefreshToken(tenant: string, text: string): RefreshHandle | undefined {
    const [, authorizationId, digits] = /^mr_(aut_[\w-]+)\.(\d{1,9})\.[\w-]+$/.exec(text) ?? [];
    if (authorizationId === undefined || digits === undefined) return undefined;
    const handle = { authorizationId, generation: Number(digits) };
    return this.crypto.equal(text, this.refreshToken(tenant, handle)) ? handle : undefined;
  }
}
