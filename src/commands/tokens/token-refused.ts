import type { RefusalCode } from '../../domain/kernel/refusal.js';

export type TokenError =
  | 'invalid_request' | 'invalid_client' | 'invalid_grant' | 'unauthorized_client' | 'unsupported_grant_type'
  | 'invalid_scope' | 'invalid_target' | 'access_denied';

/** A token request was refused. `message` is for the client; `reason` was recorded and stays here. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  constructor(readonly error: TokenError, message: string, readonly reason: RefusalCode) {
    super(message);
  }
}

const INVALID_GRANT: TokenError = 'invalid_grant';
/** What the caller is told for each reason: as little as it can act on (RFC 6749 section 5.2, RFC 8707 section 2). */
export const toldAs = (reason: RefusalCode): { error: TokenError; message: string } => {
  switch (reason) {
    case 'resource.unknown':
    case 'resource.withdrawn':
      return { error: 'invalid_target', message: 'No such resource can be used here.' };
    case 'scope.none_allowed':
      return { error: 'invalid_scope', message: 'None of the requested scopes can be granted.' };
    case 'agent.grant_type_not_allowed':
      return { error: 'unauthorized_client', message: 'This client may not use this grant type.' };
    case 'policy.denied':
    case 'policy.missing':
      return { error: 'access_denied', message: 'The policy of this tenant does not allow it.' };
    case 'grant.unknown':
      return { error: INVALID_GRANT, message: 'Nobody has granted this client access to the resource. Ask for consent, or have an administrator grant it.' };
    default:
      return { error: INVALID_GRANT, message: 'The grant is not valid any more. Start a new authorization.' };
  }
};
