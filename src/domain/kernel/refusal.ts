/** Why the domain said no. `noun.condition`; part of the API and of recorded events, so a code is never renamed. */
export type RefusalCode =
  | 'agent.unknown' | 'agent.exists' | 'agent.suspended' | 'agent.retired' | 'agent.lease_expired'
  | 'agent.metadata_invalid' | 'agent.redirect_uri_invalid' | 'agent.metadata_changed' | 'agent.grant_type_not_allowed'
  | 'approval.unknown' | 'approval.pending' | 'approval.approved' | 'approval.denied' | 'approval.withdrawn' | 'approval.expired' | 'approval.consumed'
  | 'approval.client_mismatch' | 'approval.too_many' | 'approval.details_invalid'
  | 'approval.approver_gone'
  | 'assertion.malformed' | 'assertion.issuer_unknown' | 'assertion.type_mismatch' | 'assertion.algorithm' | 'assertion.key_unknown' | 'assertion.signature_invalid'
  | 'assertion.expired' | 'assertion.not_yet_valid' | 'assertion.too_long_lived' | 'assertion.audience_mismatch' | 'assertion.claims_mismatch'
  | 'assertion.client_mismatch' | 'assertion.resource_mismatch' | 'assertion.replayed' | 'assertion.keys_unavailable' | 'assertion.jti_missing'
  | 'authorization.unknown' | 'authorization.expired' | 'authorization.redeemed' | 'authorization.revoked'
  | 'authorization.client_mismatch' | 'authorization.redirect_mismatch' | 'authorization.pkce_failed' | 'authorization.reuse_detected'
  | 'backup.running'
  | 'client.unauthenticated' | 'client.method_mismatch' | 'client.assertion_invalid' | 'client.assertion_replayed'
  | 'connection.unknown' | 'connection.exists' | 'connection.suspended' | 'connection.removed' | 'connection.invalid' | 'connection.secret_reference'
  | 'connection.secret_missing' | 'connection.scope_unknown' | 'connection.not_lent' | 'connection.egress_blocked' | 'connection.route_not_allowed'
  | 'connect.state_unknown' | 'connect.session_mismatch' | 'connect.connection_mismatch' | 'connect.answer_invalid' | 'connect.denied'
  | 'credential.unknown' | 'credential.needs_reauth' | 'credential.distrusted' | 'credential.scope_missing' | 'credential.too_broad'
  | 'credential.refreshing' | 'credential.refresh_failed' | 'credential.superseded' | 'credential.invalid' | 'credential.not_recent'
  | 'delegation.cycle' | 'delegation.too_deep' | 'delegation.not_intended' | 'delegation.actor_mismatch'
  | 'factor.unknown' | 'factor.refused' | 'factor.replayed' | 'factor.locked' | 'factor.distrusted' | 'factor.last' | 'factor.too_many' | 'factor.not_recent'
  | 'grant.unknown' | 'grant.revoked' | 'grant.expired' | 'grant.epoch_ended' | 'grant.trust_ended' | 'grant.scopes_empty'
  | 'idp.unknown' | 'idp.exists' | 'idp.invalid' | 'idp.only_way' | 'idp.unreachable' | 'idp.secret_missing'
  | 'key.unknown' | 'key.state'
  | 'policy.missing' | 'policy.denied' | 'policy.error' | 'policy.approval_required' | 'policy.mfa_required'
  | 'policy.invalid' | 'policy.version_unknown' | 'policy.active'
  | 'registration.closed'
  | 'reservation.taken'
  | 'resource.unknown' | 'resource.exists' | 'resource.withdrawn' | 'resource.invalid' | 'resource.scope_unknown'
  | 'scope.none_allowed'
  | 'sign_in.state_unknown' | 'sign_in.other_browser' | 'sign_in.mixed_up' | 'sign_in.settings_changed' | 'sign_in.answer_invalid' | 'sign_in.denied' | 'sign_in.away'
  | 'sign_in.not_admitted' | 'sign_in.claims_unusable' | 'sign_in.not_fresh' | 'sign_in.email_taken' | 'sign_in.unlinked' | 'sign_in.local_closed'
  | 'logout.invalid' | 'logout.replayed'
  | 'link.session_mismatch' | 'link.taken' | 'link.too_many' | 'link.unknown' | 'link.only_way'
  | 'tenant.unknown' | 'tenant.exists' | 'tenant.suspended' | 'tenant.crossing' | 'tenant.ambiguous' | 'tenant.slug_invalid'
  | 'token.invalid' | 'token.foreign' | 'token.revoked' | 'token.scope_missing'
  | 'trust.unknown' | 'trust.invalid' | 'trust.issuer_shared' | 'trust.removed' | 'trust.expired'
  | 'user.unknown' | 'user.exists' | 'user.disabled' | 'user.erased' | 'user.invalid'
  | 'conflict.concurrent';

/** The one domain error. `message` is safe to show; `detail` is for the record only and never leaves. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly code: RefusalCode, message: string, readonly detail?: string) {
    super(message);
  }
}
