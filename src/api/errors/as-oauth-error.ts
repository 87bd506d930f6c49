import { LendRefused } from '../../commands/credentials/lend-refused.js';
import { ApprovalPending } from '../../commands/approvals/approval-pending.js';
import { TokenRefused } from '../../commands/tokens/token-refused.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { VaultUnavailable } from '../../domain/ports/credential-vault.js';
import { FetchRefused } from '../../domain/ports/guarded-fetch.js';
import { LedgerUnavailable, LedgerUnreadable } from '../../domain/ports/ledger.js';
import { SecretsUnavailable } from '../../domain/ports/secret-store.js';
import { OAuthError } from '../oauth/oauth-error.js';

const unavailable = (what: string): OAuthError => new OAuthError('temporarily_unavailable', `${what} Nothing was issued; try again.`, 503, { 'retry-after': '1' });

/** Every error on an OAuth path as an OAuth error, framework errors too: SDKs can't parse anything else. */
export const asOAuthError = (error: unknown): OAuthError => {
  if (error instanceof OAuthError) return error;
  if (error instanceof TokenRefused) return new OAuthError(error.error, error.message);
  if (error instanceof LendRefused) return fromLoan(error);
  if (error instanceof ApprovalPending) return pending(error);
  if (error instanceof Refusal) return fromRefusal(error);
  if (error instanceof LedgerUnavailable) return unavailable('The ledger can\'t be written right now.');
  if (error instanceof LedgerUnreadable) return unavailable('The ledger can\'t be read right now.');
  if (error instanceof SecretsUnavailable || error instanceof VaultUnavailable) return unavailable('The vault can\'t be used right now.');
  if (error instanceof FetchRefused) return new OAuthError('invalid_client_metadata', 'The client metadata document could not be read.');
  const status = (error as { statusCode?: number; status?: number } | undefined)?.statusCode ?? (error as { status?: number } | undefined)?.status;
  if (status === 404) return new OAuthError('not_found', 'There is nothing at this path.', 404);
  if (status === 413) return new OAuthError('invalid_request', 'The request is too large.', 413);
  if (status === 414) return new OAuthError('invalid_request', 'The URL is too long.', 414);
  if (status === 415) return new OAuthError('invalid_request', 'This content type is not supported here.', 415);
  if (status !== undefined && status >= 400 && status < 500) return new OAuthError('invalid_request', 'The request is malformed.', status);
  return new OAuthError('server_error', 'Something went wrong here; it has been logged.', 500);
};

/** `connect_url` is where a person can put it right (docs/connections.md); agents that do not know it see an OAuth error like any other. */
const fromLoan = ({ error, message, connectUrl }: LendRefused): OAuthError => {
  const isLater = error === 'temporarily_unavailable';
  return new OAuthError(error, message, isLater ? 503 : 400, isLater ? { 'retry-after': '30' } : {}, connectUrl === undefined ? {} : { connect_url: connectUrl });
};
/** As CIBA answers: what to poll with, how often and how long; and the number that the person will be asked for. */
const pending = ({ authReqId, number, expiresIn, interval, message }: ApprovalPending): OAuthError =>
  new OAuthError('authorization_pending', message, 400, {}, { auth_req_id: authReqId, expires_in: expiresIn, interval, binding_code: number });

const fromRefusal = ({ code, message }: Refusal): OAuthError => {
  switch (code) {
    case 'agent.redirect_uri_invalid':
      return new OAuthError('invalid_redirect_uri', message);
    case 'agent.metadata_invalid':
      return new OAuthError('invalid_client_metadata', message);
    case 'registration.closed':
      return new OAuthError('access_denied', message, 403);
    case 'tenant.unknown':
      return new OAuthError('not_found', message, 404);
    case 'conflict.concurrent':
      return new OAuthError('temporarily_unavailable', message, 503, { 'retry-after': '1' });
    default:
      return new OAuthError('invalid_request', message);
  }
};
