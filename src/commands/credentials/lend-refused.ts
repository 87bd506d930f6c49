import type { RefusalCode } from '../../domain/kernel/refusal.js';

export type LendError = 'invalid_request' | 'invalid_target' | 'interaction_required' | 'access_denied' | 'invalid_scope' | 'unauthorized_client' | 'temporarily_unavailable';

/** Nothing was lent. `message` and `connectUrl` are for the agent; `reason` was recorded and stays here. */
export class LendRefused extends Error {
  override readonly name = 'LendRefused';
  constructor(readonly error: LendError, message: string, readonly reason: RefusalCode, readonly connectUrl?: string) {
    super(message);
  }
}

/** Reasons that the person can put right on the page that the connect URL opens. */
const PERSONS: readonly RefusalCode[] = ['credential.unknown', 'credential.needs_reauth', 'credential.scope_missing', 'grant.unknown', 'grant.revoked', 'grant.expired', 'agent.metadata_changed', 'connection.unknown'];

interface Asked {
  /** There is somebody who can be sent to the connect page. */
  readonly hasPerson: boolean;
  readonly purpose: 'exchange' | 'forward';
}
interface Told {
  readonly error: LendError;
  readonly message: string;
  readonly connects: boolean;
}
const NO_CONNECTION: Told = { error: 'invalid_target', message: 'There is no connection of this name that you may use.', connects: false };
const ASK_PERSON = 'The person has to connect this service, or to allow it, first. Send them to connect_url.';

/**
 * What the agent is told for each reason: as little as it can act on. A connection that it was never let use and one that
 * nobody defined are the same to it (VA-01, VA-02, TX-13): a person is asked on a page that only the person sees.
 */
export const lendToldAs = (reason: RefusalCode, { hasPerson, purpose }: Asked): Told => {
  const isExchange = purpose === 'exchange';
  if (reason.startsWith('approval.')) return { error: 'access_denied', message: 'Nobody confirms this now. Do not ask again right away: agents that do are suspended.', connects: false };
  if (PERSONS.includes(reason)) {
    if (!hasPerson) return NO_CONNECTION;
    // RFC 8693 section 2.2.2 has a word for a target that can't be had; a credential that waits for its holder is another matter.
    const isTarget = isExchange && !reason.startsWith('credential.');
    return { error: isTarget ? 'invalid_target' : 'interaction_required', message: ASK_PERSON, connects: true };
  }
  switch (reason) {
    case 'connection.suspended':
    case 'connection.removed':
      return NO_CONNECTION;
    case 'scope.none_allowed':
      return { error: 'invalid_scope', message: 'None of the requested scopes can be used.', connects: false };
    case 'credential.refresh_failed':
    case 'connection.secret_missing':
    case 'conflict.concurrent':
      return { error: 'temporarily_unavailable', message: 'The service gives no access right now; try again later.', connects: false };
    case 'credential.distrusted':
      return { error: 'access_denied', message: 'The credential can\'t be trusted any more. An administrator has to look into it.', connects: false };
    case 'connection.egress_blocked':
    case 'connection.route_not_allowed':
      return { error: 'access_denied', message: 'This call is not among those that the connection allows. An administrator can add it.', connects: false };
    case 'connection.not_lent':
    case 'credential.too_broad':
      return { error: 'access_denied', message: 'The credential itself is not given out. Make the call through the hub instead.', connects: false };
    case 'agent.grant_type_not_allowed':
      return { error: 'unauthorized_client', message: 'This client may not use this grant type.', connects: false };
    case 'policy.mfa_required':
    case 'policy.approval_required':
      return isExchange
        ? { error: 'interaction_required', message: `The policy of this tenant asks for more than this first (${reason}).`, connects: false }
        : { error: 'access_denied', message: 'The policy of this tenant asks for more than this before it allows it.', connects: false };
    case 'policy.denied':
    case 'policy.error':
    case 'policy.missing':
      return { error: 'access_denied', message: 'The policy of this tenant does not allow it.', connects: false };
    default:
      return isExchange
        ? { error: 'invalid_request', message: 'The subject token or the actor token can\'t be exchanged by this client.', connects: false }
        : { error: 'access_denied', message: 'The access is not valid any more.', connects: false };
  }
};
