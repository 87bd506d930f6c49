import type { RequestedApproval } from './approval.events.js';

/** What is asked, before there is a request for it. */
export type Action = Pick<
  RequestedApproval,
  'purpose' | 'agentId' | 'clientId' | 'principal' | 'targetId' | 'scopes' | 'grantType' | 'authorizationId' | 'generation' | 'derivedFrom' | 'method' | 'addressDigest' | 'route'
> & {
  /** In one spelling; empty when there are none. */
  readonly authorizationDetails: string;
};

/**
 * What an approval is bound to (SU-03). Two requests with the same text are the same action; of a token that it is to be made
 * from it is the grant that counts, since such a token is renewed every few minutes.
 */
export const actionText = (tenant: string, action: Action): string => {
  const { purpose, agentId, clientId, principal, targetId, scopes, grantType, authorizationDetails, derivedFrom, method, addressDigest } = action;
  const { parent, subject, actors } = derivedFrom ?? {};
  const made = parent ? [subject, actors, parent.agentId, parent.resourceId, parent.grantEpoch, parent.authorizationId ?? null] : [];
  return JSON.stringify([
    tenant, purpose, agentId, clientId, principal.kind, principal.id, targetId, [...scopes].sort(), grantType, authorizationDetails,
    action.authorizationId ?? null, made, method ?? null, addressDigest ?? null,
  ]);
};
