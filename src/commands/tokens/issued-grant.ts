import type { IssuedToken } from './issue-token.js';

/** What a token request ends in. */
export interface IssuedGrant extends IssuedToken {
  readonly refreshToken?: string;
  /** RFC 8693 section 2.2.1. */
  readonly issuedTokenType?: string;
}
