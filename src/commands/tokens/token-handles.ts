import { Injectable } from '@nestjs/common';
import { Crypto } from '../../domain/ports/crypto.js';
import { DeploymentState } from '../deployment/deployment-state.js';

export interface CodeHandle {
  readonly authorizationId: string;
  /** What the client binds its sign-in to (OpenID Connect Core section 3.1.2.1): printable ASCII, without the client's word for it nothing. */
  readonly nonce?: string;
}
export interface RefreshHandle {
  readonly authorizationId: string;
  readonly generation: number;
}

/** RFC 7636 section 4.1. */
const VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/;

/**
 * Codes and refresh tokens are names of what stands in the ledger, with a MAC over (tenant, authorization, generation) and
 * the era: after a restore that ends what was handed out, those of earlier eras are no better than guesses.
 * Nothing of them is stored, a guess is refused without touching the ledger, and the successor of a refresh token can
 * be given again within the grace, since it is computed and not remembered. A nonce travels in the code itself: it is the
 * client's own text, which may not stand in an event.
 */
@Injectable()
export class TokenHandles {
  constructor(private readonly crypto: Crypto, private readonly deployment: DeploymentState) {}

  code(tenant: string, { authorizationId, nonce }: CodeHandle): string {
    const bound = nonce === undefined ? [tenant, authorizationId] : [tenant, authorizationId, nonce];
    return `mc_${authorizationId}.${this.mac('authorization-code', bound)}${nonce === undefined ? '' : `.${nonce}`}`;
  }

  /** What the code says, or undefined when it was not made here for this tenant. */
  readCode(tenant: string, text: string): CodeHandle | undefined {
    const [, authorizationId, nonce] = /^mc_(aut_[\w-]+)\.[\w-]+(?:\.(.+))?$/.exec(text) ?? [];
    if (authorizationId === undefined) return undefined;
    const handle = { authorizationId, ...(nonce === undefined ? {} : { nonce }) };
    return this.crypto.equal(text, this.code(tenant, handle)) ? handle : undefined;
  }

  /** What the client has to have asked for the code with (RFC 7636 section 4.6); undefined when that is no verifier. */
  challengeOf(verifier: string): string | undefined {
    return VERIFIER.test(verifier) ? this.crypto.sha256(verifier) : undefined;
  }

  refreshToken(tenant: string, { authorizationId, generation }: RefreshHandle): string {
    const mac = this.mac('refresh-token', [tenant, authorizationId, generation]);
    return `mr_${authorizationId}.${generation}.${mac}`;
  }

  readRefreshToken(tenant: string, text: string): RefreshHandle | undefined {
    const [, authorizationId, digits] = /^mr_(aut_[\w-]+)\.(\d{1,9})\.[\w-]+$/.exec(text) ?? [];
    if (authorizationId === undefined || digits === undefined) return undefined;
    const handle = { authorizationId, generation: Number(digits) };
    return this.crypto.equal(text, this.refreshToken(tenant, handle)) ? handle : undefined;
  }

  private mac(purpose: string, names: readonly (string | number)[]): string {
    const { era } = this.deployment.now;
    // The first era has no number: its handles are those of before there were eras. A number is never taken for a nonce.
    return this.crypto.mac(purpose, JSON.stringify(era === 0 ? names : [...names, era]));
  }
}
