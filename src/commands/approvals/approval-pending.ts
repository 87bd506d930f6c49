import { POLL_INTERVAL } from '../../domain/approval/lifetimes.js';

/** A person has to confirm it first. What the agent needs to come back, and to show the person. */
export class ApprovalPending extends Error {
  override readonly name = 'ApprovalPending';
  readonly interval = POLL_INTERVAL;
  constructor(readonly approvalId: string, readonly authReqId: string, readonly number: string, readonly expiresIn: number) {
    super('A person has to confirm this first. Show them the binding_code, and poll with auth_req_id (grant_type urn:openid:params:grant-type:ciba).');
  }
}
