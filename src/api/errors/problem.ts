import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import { LedgerUnavailable, LedgerUnreadable } from '../../domain/ports/ledger.js';
import { SecretsUnavailable } from '../../domain/ports/secret-store.js';
import { ReadModelUnavailable } from '../../projections/read-database.js';
import type { Problem } from './problem-shape.js';
import { asServiceProblem } from './service-problem.js';

/** An answer of the admin API that is not a refusal of the domain. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

const STATUS: Partial<Record<RefusalCode, number>> = {
  'agent.unknown': 404, 'grant.unknown': 404, 'resource.unknown': 404, 'tenant.unknown': 404, 'user.unknown': 404, 'key.unknown': 404,
  'policy.version_unknown': 404, 'agent.exists': 409, 'resource.exists': 409, 'tenant.exists': 409, 'user.exists': 409, 'user.erased': 409, 'reservation.taken': 409,
  'agent.retired': 409, 'grant.revoked': 409, 'resource.withdrawn': 409, 'key.state': 409, 'backup.running': 409, 'conflict.concurrent': 409, 'registration.closed': 403,
  'connection.unknown': 404, 'credential.unknown': 404, 'connection.exists': 409, 'connection.removed': 409, 'connection.suspended': 409, 'connection.secret_reference': 403,
  'credential.not_recent': 403, 'trust.unknown': 404, 'tenant.ambiguous': 400, 'tenant.suspended': 403,
  'approval.unknown': 404, 'approval.pending': 409, 'approval.approved': 409, 'approval.denied': 409, 'approval.withdrawn': 409, 'approval.expired': 409, 'approval.consumed': 409,
  'idp.unknown': 404, 'idp.exists': 409, 'idp.only_way': 409, 'idp.unreachable': 502, 'sign_in.local_closed': 403,
};
const TITLES: Readonly<Record<number, string>> = { 400: 'Malformed request', 403: 'Not allowed', 404: 'Not found', 502: 'Not reachable', 409: 'Conflict', 422: 'Not valid' };

export const asProblem = (error: unknown): Problem => {
  if (error instanceof ApiProblem) return error.problem;
  if (error instanceof Refusal) {
    const status = STATUS[error.code] ?? 422;
    return { status, code: error.code, title: TITLES[status] ?? 'Refused', detail: error.message };
  }
  const ofService = asServiceProblem(error);
  if (ofService) return ofService;
  if (error instanceof LedgerUnavailable || error instanceof LedgerUnreadable)
    return { status: 503, code: 'ledger.unavailable', title: 'Not available', detail: 'The ledger can\'t be used right now; try again.', headers: { 'retry-after': '1' } };
  if (error instanceof SecretsUnavailable)
    return { status: 503, code: 'vault.unavailable', title: 'Not available', detail: 'The vault can\'t be used right now; try again.', headers: { 'retry-after': '1' } };
  if (error instanceof ReadModelUnavailable)
    return { status: 503, code: 'read_model.unavailable', title: 'Not available yet', detail: 'The lists are being built; try again in a moment.', headers: { 'retry-after': '2' } };
  const status = (error as { statusCode?: number } | undefined)?.statusCode ?? (error as { status?: number } | undefined)?.status ?? 500;
  if (status === 404) return { status, code: 'path.unknown', title: 'Not found', detail: 'There is nothing at this path.' };
  if (status === 413 || status === 414) return { status, code: 'request.too_large', title: 'Too large', detail: 'The request is larger than anything that is asked for here.' };
  if (status >= 400 && status < 500) return { status, code: 'request.malformed', title: 'Malformed request', detail: 'The request could not be read.' };
  return { status: 500, code: 'server.error', title: 'Something went wrong', detail: 'It has been logged under the request id.' };
};
