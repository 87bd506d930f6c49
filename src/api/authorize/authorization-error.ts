import type { RefusalCode } from '../../domain/kernel/refusal.js';

export type RedirectedError =
  | 'invalid_request' | 'unsupported_response_type' | 'invalid_scope' | 'invalid_target' | 'access_denied' | 'login_required'
  | 'unmet_authentication_requirements' | 'consent_required' | 'interaction_required' | 'request_not_supported' | 'request_uri_not_supported' | 'server_error' | 'temporarily_unavailable';

/** Sent to the client at its proven redirect URI, with `state` and `iss` (RFC 6749 section 4.1.2.1, RFC 9207). */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
  constructor(readonly error: RedirectedError, readonly description: string, readonly to: { readonly redirectUri: string; readonly state: string | undefined }) {
    super(description);
  }
}

/** A person would have to show a second factor, and may not be asked (prompt=none). */
export const interactionRequired = (to: RedirectError['to']): RedirectError => new RedirectError('interaction_required', 'A second factor is needed.', to);

/** What the client is told when the decision leaves nothing to agree to (OpenID Connect Core Error Code unmet_authentication_requirements 1.0). */
export const notAllowed = (reason: RefusalCode, to: RedirectError['to']): RedirectError => {
  if (reason === 'policy.mfa_required') return new RedirectError('unmet_authentication_requirements', 'The policy of this tenant asks for a second factor.', to);
  if (reason === 'policy.approval_required') return new RedirectError('access_denied', 'The policy of this tenant asks for an approval first.', to);
  return new RedirectError('access_denied', 'The policy of this tenant does not allow it.', to);
};
