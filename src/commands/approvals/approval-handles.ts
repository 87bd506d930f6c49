import { Injectable } from '@nestjs/common';
import { Crypto } from '../../domain/ports/crypto.js';
import { DeploymentState } from '../deployment/deployment-state.js';

export interface AuthReqHandle {
  readonly approvalId: string;
  /** Of the code that it was asked with: what the client bound its sign-in to. */
  readonly nonce?: string | undefined;
}

/**
 * `auth_req_id` (CIBA section 7.3) is a name of what stands in the ledger with a MAC, as codes are: nothing is stored, and a
 * guess is refused without a look at the ledger. The nonce of a code that waits travels in it, as it did in the code. The
 * number that the agent shows is computed too, so that nobody learns it from an event or a list.
 */
@Injectable()
export class ApprovalHandles {
  constructor(private readonly crypto: Crypto, private readonly deployment: DeploymentState) {}

  authReqId(tenant: string, { approvalId, nonce }: AuthReqHandle): string {
    const name = `ma_${approvalId}.${this.mac('auth-req-id', tenant, approvalId, nonce)}`;
    return nonce === undefined ? name : `${name}.${Buffer.from(nonce).toString('base64url')}`;
  }

  /** What it says, or undefined when this was not made here for this tenant. */
  read(tenant: string, text: string): AuthReqHandle | undefined {
    const [, approvalId, nonce] = /^ma_(apr_[\w-]{1,64})\.[\w-]+(?:\.([\w-]+))?$/.exec(text) ?? [];
    if (approvalId === undefined) return undefined;
    const handle = { approvalId, ...(nonce === undefined ? {} : { nonce: Buffer.from(nonce, 'base64url').toString('utf8') }) };
    return this.crypto.equal(text, this.authReqId(tenant, handle)) ? handle : undefined;
  }

  /** Two digits, which the agent shows to the person and the person types (number matching). */
  number(tenant: string, approvalId: string): string {
    const mac = Buffer.from(this.mac('approval-number', tenant, approvalId), 'base64url');
    return String(10 + (mac.readUInt32BE(0) % 90));
  }

  private mac(purpose: string, tenant: string, approvalId: string, nonce?: string): string {
    return this.crypto.mac(purpose, JSON.stringify([tenant, approvalId, this.deployment.now.era, ...(nonce === undefined ? [] : [nonce])]));
  }
}
