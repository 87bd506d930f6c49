import { Injectable } from '@nestjs/common';
import type { RequestedApproval } from '../../domain/approval/approval.events.js';
import { streams } from '../../domain/kernel/ids.js';
import { Ledger } from '../../domain/ports/ledger.js';
import { Privacy } from '../../domain/ports/privacy.js';
import { LiveState } from '../live-state.js';
import { isErased } from '../users/erased-meanwhile.js';

export interface ApprovalText {
  /** In one spelling; empty when there are none. */
  readonly authorizationDetails: string;
  readonly bindingMessage: string;
}

/** Opens what is sealed of a request: what the agent wrote may speak of people. */
@Injectable()
export class ApprovalTexts {
  constructor(private readonly live: LiveState, private readonly ledger: Ledger, private readonly privacy: Privacy) {}

  /** Undefined when there is no such request, or the person whose key sealed it was erased. */
  async of(tenant: string, approvalId: string): Promise<ApprovalText | undefined> {
    const [requested] = await this.ledger.readStream(streams.approval(approvalId), 0, 1);
    if (requested?.type !== 'ApprovalRequested' || requested.tenant !== tenant) return undefined;
    const { userId, authorizationDetails, bindingMessage } = requested.data as RequestedApproval;
    if (await isErased(this.live, tenant, userId)) return undefined;
    const open = (field: string, sealed: string): Promise<string | undefined> => this.privacy.open(tenant, userId, `${requested.id}.${field}`, sealed);
    const [details, message] = [await open('authorizationDetails', authorizationDetails), await open('bindingMessage', bindingMessage)];
    return details === undefined || message === undefined ? undefined : { authorizationDetails: details, bindingMessage: message };
  }
}
