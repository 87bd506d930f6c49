import type { TokenError } from '../../commands/tokens/token-refused.js';

export type OAuthErrorCode =
  | TokenError | 'server_error' | 'temporarily_unavailable' | 'invalid_redirect_uri' | 'invalid_client_metadata' | 'invalid_token' | 'insufficient_scope'
  | 'not_found';

/** An answer in OAuth's own shape (RFC 6749 section 5.2). `description` is for the client's developer and holds no input. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  constructor(
    readonly error: OAuthErrorCode,
    readonly description: string,
    readonly status: number = 400,
    readonly headers: Readonly<Record<string, string>> = {},
    /** Members of the answer beside the two that RFC 6749 has; read by whoever knows them. */
    readonly more: Readonly<Record<string, string | number>> = {},
  ) {
    super(description);
  }
}

/** RFC 6749 section 5.2: 401, and the challenge when the client tried HTTP authentication. */
export const invalidClient = (description: string, triedBasic: boolean): OAuthError =>
  new OAuthError('invalid_client', description, 401, triedBasic ? { 'www-authenticate': 'Basic realm="mandate", charset="UTF-8"' } : {});
