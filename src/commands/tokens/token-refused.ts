import type { RefusalCode } from '../../domain/kernel/refusal.js';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
/** OpenID Connect CIBA Core 1.0. */
export const CIBA = 'urn:openid:params:grant-type:ciba';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export type TokenError =
  | 'invalid_request' | 'invalid_client' | 'invalid_grant' | 'unauthorized_client' | 'unsupported_grant_type'
  | 'invalid_scope' | 'invalid_target' | 'access_denied' | 'interaction_required' | 'authorization_pending' | 'slow_down' | 'expired_token' | 'unknown_user_id'
  | 'invalid_authorization_details' | 'invalid_binding_message';

/** A token request was refused. `message` is for the client; `reason` was recorded and stays here. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  constructor(readonly error: TokenError, message: string, readonly reason: RefusalCode) {
    super(message);
  }
}

const INVALID_GRANT: TokenError = 'invalid_grant';
interface Told {
  readonly error: TokenError;
  readonly message: string;
}
/** What the caller is told for each reason: as little as it can act on (RFC 6749 section 5.2, RFC 8707 section 2, RFC 8693 section 2.2.2). */
export const toldAs = (reason: RefusalCode, grantType?: string): Told => {
  if (reason.startsWith('approval.')) return toldOfApproval(reason);
  return grantType === TOKEN_EXCHANGE ? toldOfExchange(reason) : toldOfGrant(reason);
};

/** CIBA section 11. Why it was no is the person's affair. */
const toldOfApproval = (reason: RefusalCode): Told => {
  switch (reason) {
    case 'approval.pending':
      return { error: 'authorization_pending', message: 'Nobody has answered yet.' };
    case 'approval.expired':
      return { error: 'expired_token', message: 'The time to answer is over. Ask again.' };
    case 'approval.denied':
    case 'approval.withdrawn':
    case 'approval.too_many':
    case 'approval.approver_gone':
      return { error: 'access_denied', message: 'Nobody confirms this now. Do not ask again right away: agents that do are suspended.' };
    case 'approval.details_invalid':
      return { error: 'invalid_authorization_details', message: 'authorization_details can\'t be read.' };
    default:
      return { error: INVALID_GRANT, message: 'The auth_req_id is not valid, or not any more: it counts once.' };
  }
};

const toldOfExchange = (reason: RefusalCode): Told => {
  const told = toldOfGrant(reason);
  if (told.error === 'invalid_scope' || told.error === 'unauthorized_client' || told.error === 'interaction_required') return told;
  // A target that this agent may not use looks like one that does not exist (TX-04, TX-13).
  if (told.error === 'invalid_target' || told.error === 'access_denied' || reason.startsWith('grant.'))
    return { error: 'invalid_target', message: 'This client can\'t get a token for that target. Ask for consent, or have an administrator grant it.' };
  return { error: 'invalid_request', message: 'The subject token or the actor token can\'t be exchanged by this client.' };
};

const toldOfGrant = (reason: RefusalCode): Told => {
  // Which check it was helps whoever tries tokens more than whoever has one; the tenant's administrators can ask.
  if (reason.startsWith('assertion.') || reason.startsWith('trust.'))
    return { error: INVALID_GRANT, message: 'The assertion is not accepted here. An administrator can test it against the trust rules.' };
  switch (reason) {
    case 'resource.unknown':
    case 'resource.withdrawn':
    case 'connection.unknown':
    case 'connection.suspended':
    case 'connection.removed':
      return { error: 'invalid_target', message: 'No such resource can be used here.' };
    case 'scope.none_allowed':
      return { error: 'invalid_scope', message: 'None of the requested scopes can be granted.' };
    case 'agent.grant_type_not_allowed':
      return { error: 'unauthorized_client', message: 'This client may not use this grant type.' };
    case 'policy.approval_required':
      return { error: 'interaction_required', message: 'The policy of this tenant asks for a person\'s approval first (policy.approval_required).' };
    case 'policy.mfa_required':
      return { error: 'interaction_required', message: 'The policy of this tenant asks for a second factor first (policy.mfa_required).' };
    case 'policy.denied':
    case 'policy.error':
    case 'policy.missing':
      return { error: 'access_denied', message: 'The policy of this tenant does not allow it.' };
    case 'grant.unknown':
      return { error: INVALID_GRANT, message: 'Nobody has granted this client access to the resource. Ask for consent, or have an administrator grant it.' };
    default:
      return { error: INVALID_GRANT, message: 'The grant is not valid any more. Start a new authorization.' };
  }
};
