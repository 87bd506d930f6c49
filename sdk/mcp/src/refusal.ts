/** Every way in which a request is turned away; stable names for logs and metrics. */
export type RefusalReason =
  | 'token.missing'
  | 'token.in_query'
  | 'token.malformed'
  | 'token.signature'
  | 'token.key_unknown'
  | 'token.type'
  | 'token.issuer'
  | 'token.audience'
  | 'token.expired'
  | 'token.claims'
  | 'token.bound'
  | 'token.inactive'
  | 'token.tenant'
  | 'scope.insufficient'
  | 'authentication.insufficient'
  | 'tool.unmapped'
  | 'body.unreadable'
  | 'body.too_large'
  | 'issuer.unavailable'
  | 'introspection.unavailable';

/** The parameters of a `WWW-Authenticate: Bearer` challenge (RFC 6750 section 3, RFC 9470 section 3). */
export interface Challenge {
  readonly error?: 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication';
  readonly scopes?: readonly string[];
  readonly acrValues?: readonly string[];
  readonly maxAge?: number;
}

export interface RefusalParts {
  readonly status: 400 | 401 | 403 | 413 | 503;
  readonly reason: RefusalReason;
  /** For the caller: what was wrong and what to do. It reaches a header, so it says nothing secret. */
  readonly description: string;
  readonly challenge?: Challenge;
  /** For the operator only; it never leaves the process. */
  readonly cause?: unknown;
}

/** A request that doesn't reach the MCP server. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: RefusalParts['status'];
  readonly reason: RefusalReason;
  readonly challenge: Challenge | undefined;

  constructor({ status, reason, description, challenge, cause }: RefusalParts) {
    super(description, { cause });
    this.status = status;
    this.reason = reason;
    this.challenge = challenge;
  }
}

/** RFC 6750 section 3.1: the token was sent, and it isn't good here. */
export const invalidToken = (reason: RefusalReason, description: string, cause?: unknown): Refusal =>
  new Refusal({ status: 401, reason, description, challenge: { error: 'invalid_token' }, cause });

/** Whoever would have to vouch for the token can't be asked now. Never answered with an accept. */
export const unavailable = (reason: 'issuer.unavailable' | 'introspection.unavailable', cause: unknown): Refusal =>
  new Refusal({ status: 503, reason, description: 'The access token can not be checked right now. Try again in a moment.', cause });
