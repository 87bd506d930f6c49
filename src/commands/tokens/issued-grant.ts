import type { IssuedToken } from './issue-token.js';

/** What a token request ends in. */
export interface IssuedGrant extends IssuedToken {
  readonly refreshToken?: string;
}
