import type { Loan } from '../../commands/credentials/lend-order.js';
import { CONNECTION } from './grants/connection-target.js';

/**
 * RFC 8693 section 2.2.1: an OAuth token of the service, or a key, which is no token: it is sent as the service wants it.
 * Never a refresh token.
 */
export const loanAnswer = ({ connection: { name }, kind, secret, scopes, expiresIn }: Loan): string => {
  const type = kind === 'oauth'
    ? { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', token_type: 'Bearer' }
    : { issued_token_type: `${CONNECTION}${name}`, token_type: 'N_A' };
  return JSON.stringify({ access_token: secret, ...type, ...(expiresIn === undefined ? {} : { expires_in: expiresIn }), scope: scopes.join(' ') });
};
