import { ApprovalPending } from '../../commands/approvals/approval-pending.js';
import { type LendError, LendRefused } from '../../commands/credentials/lend-refused.js';
import { VaultIntegrityError, VaultUnavailable } from '../../domain/ports/credential-vault.js';
import { FetchRefused } from '../../domain/ports/guarded-fetch.js';
import type { Problem } from './problem-shape.js';

/** The service sent the credential back. The answer is broken off before the agent has seen it whole. */
export class SecretEchoed extends Error {
  override readonly name = 'SecretEchoed';
}

const LENT: Readonly<Record<LendError, readonly [status: number, title: string]>> = {
  invalid_request: [400, 'Not valid'], invalid_target: [404, 'Not found'], interaction_required: [403, 'The person has to act'], access_denied: [403, 'Not allowed'], invalid_scope: [403, 'Not allowed'],
  unauthorized_client: [403, 'Not allowed'], temporarily_unavailable: [503, 'Not available'],
};

/** What can go wrong between an agent and a service that is not ours. Undefined: something else. */
export const asServiceProblem = (error: unknown): Problem | undefined => {
  if (error instanceof ApprovalPending) {
    const { authReqId, number, expiresIn, interval } = error;
    const more = { auth_req_id: authReqId, binding_code: number, expires_in: String(expiresIn) };
    return { status: 403, title: 'A person has to confirm it', code: 'authorization_pending', detail: 'Show the person the binding_code, and make the same call again when they have confirmed it.', headers: { 'retry-after': String(interval) }, more };
  }
  if (error instanceof LendRefused) {
    const [status, title] = LENT[error.error];
    return {
      status, title, code: error.error, detail: error.message, ...(status === 503 ? { headers: { 'retry-after': '30' } } : {}),
      ...(error.connectUrl === undefined ? {} : { more: { connect_url: error.connectUrl } }),
    };
  }
  if (error instanceof FetchRefused) return error.reason === 'timeout'
    ? { status: 504, code: 'service.timeout', title: 'No answer', detail: 'The service did not answer in time.' }
    : { status: 502, code: 'service.unreachable', title: 'Not reachable', detail: 'The service could not be reached.' };
  if (error instanceof SecretEchoed) return { status: 502, code: 'service.echoed', title: 'Not passed on', detail: 'The service sent the credential back, so its answer was not passed on.' };
  if (error instanceof VaultUnavailable) return { status: 503, code: 'vault.unavailable', title: 'Not available', detail: 'The vault can\'t be used right now; try again.', headers: { 'retry-after': '5' } };
  if (error instanceof VaultIntegrityError) return { status: 500, code: 'vault.integrity', title: 'Not trusted', detail: 'What the vault holds is not what was stored. Nothing was opened; an administrator has to look into it.' };
  return undefined;
};
