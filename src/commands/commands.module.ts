import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccessFactsReader } from './access-facts.js';
import { ChangeAgentHandler } from './agents/change-agent.js';
import { Clients } from './agents/clients.js';
import { MetadataDocuments } from './agents/metadata-documents.js';
import { OperatorAgent } from './agents/operator-agent.js';
import { RegisterAgentHandler } from './agents/register-agent.js';
import { RegisterDynamicClientHandler } from './agents/register-dynamic-client.js';
import { RotateAgentSecretHandler } from './agents/rotate-agent-secret.js';
import { Accountable } from './approvals/accountable.js';
import { ConfirmApprovalHandler, DenyApprovalHandler } from './approvals/answer-approval.js';
import { ApprovalHandles } from './approvals/approval-handles.js';
import { ApprovalTexts } from './approvals/approval-texts.js';
import { ApprovedLoans } from './approvals/approved-loans.js';
import { ApprovedOrders } from './approvals/approved-orders.js';
import { AskApproval } from './approvals/ask-approval.js';
import { AskPersonHandler } from './approvals/ask-person.js';
import { CollectApprovalHandler } from './approvals/collect-approval.js';
import { DiscloseApprovalHandler } from './approvals/disclose-approval.js';
import { ExpireApprovalHandler } from './approvals/expire-approval.js';
import { HoldToken } from './approvals/hold-token.js';
import { OwnApprovals } from './approvals/own-approvals.js';
import { SpendApproval } from './approvals/spend-approval.js';
import { WithdrawApprovalHandler } from './approvals/withdraw-approval.js';
import { AuthorizeAgentHandler } from './authorization/authorize-agent.js';
import { DenyConsentHandler } from './authorization/deny-consent.js';
import { BeginConnectHandler } from './connections/begin-connect.js';
import { ChangeConnectionHandler } from './connections/change-connection.js';
import { ClientSecrets } from './connections/client-secrets.js';
import { ConnectAttempts } from './connections/connect-attempts.js';
import { ConnectionDrafts } from './connections/connection-drafts.js';
import { ConnectionSecrets } from './connections/connection-secrets.js';
import { DefineConnectionHandler } from './connections/define-connection.js';
import { FindConnection } from './connections/find-connection.js';
import { FinishConnectHandler } from './connections/finish-connect.js';
import { GrantConnection } from './connections/grant-connection.js';
import { CheckCredential } from './credentials/check-credential.js';
import { ClearAwayConnectionHandler, ClearAwayCredentialHandler } from './credentials/clear-away.js';
import { DestroyCredentialHandler } from './credentials/destroy-credential.js';
import { KeepCredential } from './credentials/keep-credential.js';
import { LendCredential } from './credentials/lend-credential.js';
import { LoanDecisions } from './credentials/loan-decisions.js';
import { LoanRefusals } from './credentials/loan-refusals.js';
import { ReadyCredential } from './credentials/ready-credential.js';
import { RefreshAheadHandler } from './credentials/refresh-ahead.js';
import { RefreshCredential } from './credentials/refresh-credential.js';
import { StoreKeyHandler } from './credentials/store-key.js';
import { UseBreakGlassHandler } from './credentials/use-break-glass.js';
import { BackTestPolicy } from './decisions/back-test-policy.js';
import { PastUsage } from './decisions/past-usage.js';
import { ReplayDecisions } from './decisions/replay-decisions.js';
import { DeploymentState } from './deployment/deployment-state.js';
import { EndQuarantineHandler } from './deployment/end-quarantine.js';
import { RecordRestoreHandler } from './deployment/record-restore.js';
import { TakeBackupHandler } from './deployment/take-backup.js';
import { ChangeFactorHandler } from './factors/change-factor.js';
import { ConfirmFactorHandler } from './factors/confirm-factor.js';
import { EnrolFactorHandler } from './factors/enrol-factor.js';
import { FactorChallenges } from './factors/factor-challenges.js';
import { FactorChecks } from './factors/factor-checks.js';
import { FactorSecrets } from './factors/factor-secrets.js';
import { IssueRecoveryCodesHandler } from './factors/issue-recovery-codes.js';
import { NewFactors } from './factors/new-factors.js';
import { ResetFactorsHandler } from './factors/reset-factors.js';
import { FirstStartHandler } from './first-start.js';
import { GiveGrantHandler } from './grants/give-grant.js';
import { NarrowGrantHandler } from './grants/narrow-grant.js';
import { RevokeGrantHandler } from './grants/revoke-grant.js';
import { AdmitPerson } from './identity-providers/admit-person.js';
import { BeginUpstreamSignInHandler } from './identity-providers/begin-upstream-sign-in.js';
import { ChangeProvidersHandler } from './identity-providers/change-providers.js';
import { DiscoverProvider } from './identity-providers/discover-provider.js';
import { EndUpstreamSessionsHandler } from './identity-providers/end-upstream-sessions.js';
import { FindProviders } from './identity-providers/find-providers.js';
import { FinishUpstreamSignInHandler } from './identity-providers/finish-upstream-sign-in.js';
import { LinkPerson } from './identity-providers/link-person.js';
import { LocalSignIn } from './identity-providers/local-sign-in.js';
import { ProviderSecrets } from './identity-providers/provider-secrets.js';
import { ProviderTrust } from './identity-providers/provider-trust.js';
import { ReadUpstreamAnswer } from './identity-providers/read-answer.js';
import { ReadLogoutToken } from './identity-providers/read-logout-token.js';
import { SetProviderSecretHandler } from './identity-providers/set-provider-secret.js';
import { SetProviderHandler } from './identity-providers/set-provider.js';
import { SignInTrips } from './identity-providers/sign-in-trips.js';
import { SignOutThere } from './identity-providers/sign-out-there.js';
import { TestProvider } from './identity-providers/test-provider.js';
import { UnlinkIdentityHandler } from './identity-providers/unlink-identity.js';
import { UpstreamIdentities } from './identity-providers/upstream-identities.js';
import { UpstreamSessions } from './identity-providers/upstream-sessions.js';
import { ReplaceSigningKeysHandler } from './keys/replace-signing-keys.js';
import { RevokeSigningKeyHandler } from './keys/revoke-signing-key.js';
import { RotateSigningKeysHandler } from './keys/rotate-signing-keys.js';
import { SigningKeys } from './keys/signing-keys.js';
import { LiveState } from './live-state.js';
import { NoteRefusalHandler } from './note-refusal.js';
import { ActivatePolicyHandler } from './policies/activate-policy.js';
import { DraftPolicy } from './policies/draft-policy.js';
import { DryRunPolicy } from './policies/dry-run-policy.js';
import { PublishPolicyHandler } from './policies/publish-policy.js';
import { ShadowDecisions } from './policies/shadow-decisions.js';
import { ShadowPolicyHandler } from './policies/shadow-policy.js';
import { ChangeResourceHandler } from './resources/change-resource.js';
import { OwnResources } from './resources/own-resources.js';
import { RegisterResourceHandler } from './resources/register-resource.js';
import { ResourceCredentials } from './resources/resource-credentials.js';
import { RotateResourceSecretHandler } from './resources/rotate-resource-secret.js';
import { SentAway } from './sent-away.js';
import { BeginSession } from './sign-in/begin-session.js';
import { CompleteSignInHandler } from './sign-in/complete-sign-in.js';
import { EndSessionsHandler } from './sign-in/end-sessions.js';
import { Sessions } from './sign-in/sessions.js';
import { SignInStanding } from './sign-in/sign-in-standing.js';
import { SignInWithPasskeyHandler } from './sign-in/sign-in-with-passkey.js';
import { SignInHandler } from './sign-in/sign-in.js';
import { SignOutHandler } from './sign-in/sign-out.js';
import { StepUpHandler } from './sign-in/step-up.js';
import { ChangeTenantHandler } from './tenants/change-tenant.js';
import { CreateTenantHandler } from './tenants/create-tenant.js';
import { TenantCrossings } from './tenants/tenant-crossings.js';
import { TenantDirectory } from './tenants/tenant-directory.js';
import { DerivedOrders } from './tokens/derived-orders.js';
import { ExchangeForCredentialHandler } from './tokens/exchange-for-credential.js';
import { ExchangeSubjects } from './tokens/exchange-subjects.js';
import { ExchangeTokenHandler } from './tokens/exchange-token.js';
import { InspectToken } from './tokens/inspect-token.js';
import { IssueClientTokenHandler } from './tokens/issue-client-token.js';
import { IssueToken } from './tokens/issue-token.js';
import { PresentedHandles } from './tokens/presented-handles.js';
import { RedeemAssertionHandler } from './tokens/redeem-assertion.js';
import { RedeemCodeHandler } from './tokens/redeem-code.js';
import { RedeemIdJagHandler } from './tokens/redeem-id-jag.js';
import { RefuseExchange } from './tokens/refuse-exchange.js';
import { RevokeTokenHandler } from './tokens/revoke-token.js';
import { RotateRefreshTokenHandler } from './tokens/rotate-refresh-token.js';
import { TokenHandles } from './tokens/token-handles.js';
import { TokenRefusals } from './tokens/token-refusals.js';
import { TokenStandings } from './tokens/token-standings.js';
import { AddTrustRuleHandler } from './trust/add-trust-rule.js';
import { AssertedPerson } from './trust/asserted-person.js';
import { IssuerKeys } from './trust/issuer-keys.js';
import { RemoveTrustRuleHandler } from './trust/remove-trust-rule.js';
import { SpendToken } from './trust/spend-token.js';
import { TrustedTokens } from './trust/trusted-tokens.js';
import { WorkloadAgents } from './trust/workload-agents.js';
import { ChangePasswordHandler } from './users/change-password.js';
import { ChangeUserHandler } from './users/change-user.js';
import { DisclosePeopleHandler } from './users/disclose-people.js';
import { EraseUserHandler } from './users/erase-user.js';
import { Erasures } from './users/erasures.js';
import { FinishErasuresHandler } from './users/finish-erasures.js';
import { FirstPassword } from './users/first-password.js';
import { People } from './users/people.js';
import { RegisterUserHandler } from './users/register-user.js';
import { RevealIdentityHandler } from './users/reveal-identity.js';
import { PasswordSetter, SetPasswordHandler } from './users/set-password.js';
import { ContinueVaultRotationHandler } from './vault/continue-vault-rotation.js';
import { RotateVaultKeysHandler } from './vault/rotate-vault-keys.js';
import { Write } from './write.js';

/** One for each command that the bus carries. */
const handlers: Type[] = [
  ActivatePolicyHandler, AddTrustRuleHandler, AskPersonHandler, AuthorizeAgentHandler, BeginConnectHandler, BeginUpstreamSignInHandler,
  ChangeAgentHandler, ChangeConnectionHandler, ChangeFactorHandler, ChangePasswordHandler, ChangeProvidersHandler, ChangeResourceHandler,
  ChangeTenantHandler, ChangeUserHandler, ClearAwayConnectionHandler, ClearAwayCredentialHandler, CollectApprovalHandler, CompleteSignInHandler,
  ConfirmApprovalHandler, ConfirmFactorHandler, ContinueVaultRotationHandler, CreateTenantHandler, DefineConnectionHandler, DenyApprovalHandler,
  DenyConsentHandler, DestroyCredentialHandler, DiscloseApprovalHandler, DisclosePeopleHandler, EndQuarantineHandler, EndSessionsHandler,
  EndUpstreamSessionsHandler, EnrolFactorHandler, EraseUserHandler, ExchangeForCredentialHandler, ExchangeTokenHandler, ExpireApprovalHandler, FinishConnectHandler, FinishErasuresHandler,
  FinishUpstreamSignInHandler, FirstStartHandler, GiveGrantHandler, IssueClientTokenHandler, IssueRecoveryCodesHandler, NarrowGrantHandler,
  NoteRefusalHandler, PublishPolicyHandler, RecordRestoreHandler, RedeemAssertionHandler, RedeemCodeHandler, RedeemIdJagHandler, RefreshAheadHandler,
  RegisterAgentHandler, RegisterDynamicClientHandler, RegisterResourceHandler, RegisterUserHandler, RemoveTrustRuleHandler,
  ReplaceSigningKeysHandler, ResetFactorsHandler, RevealIdentityHandler, RevokeGrantHandler, RevokeSigningKeyHandler, RevokeTokenHandler,
  RotateAgentSecretHandler, RotateRefreshTokenHandler, RotateResourceSecretHandler, RotateSigningKeysHandler, RotateVaultKeysHandler,
  SetPasswordHandler, SetProviderHandler, SetProviderSecretHandler, ShadowPolicyHandler, SignInHandler, SignInWithPasskeyHandler, SignOutHandler,
  StepUpHandler, StoreKeyHandler, TakeBackupHandler, UnlinkIdentityHandler, UseBreakGlassHandler, WithdrawApprovalHandler,
];
/** What handlers share, and the API asks without changing anything. */
const parts: Type[] = [
  AccessFactsReader, Accountable, AdmitPerson, ApprovalHandles, ApprovalTexts, ApprovedLoans, ApprovedOrders, AskApproval, AssertedPerson,
  BackTestPolicy, BeginSession, CheckCredential, ClientSecrets, Clients, ConnectAttempts, ConnectionDrafts, ConnectionSecrets, DeploymentState, DerivedOrders,
  DiscoverProvider, DraftPolicy, DryRunPolicy, Erasures, ExchangeSubjects, FactorChallenges, FactorChecks, FactorSecrets, FindConnection, FindProviders,
  FirstPassword, GrantConnection, HoldToken, InspectToken, IssueToken, IssuerKeys, KeepCredential, LendCredential, LinkPerson, LiveState,
  LoanDecisions, LoanRefusals, LocalSignIn, MetadataDocuments, NewFactors, OperatorAgent, OwnApprovals, OwnResources, PasswordSetter, PastUsage, People, PresentedHandles, ProviderSecrets,
  ProviderTrust, ReadLogoutToken, ReadUpstreamAnswer, ReadyCredential, RefreshCredential, RefuseExchange, ReplayDecisions, ResourceCredentials,
  SentAway, Sessions, ShadowDecisions, SignInStanding, SignInTrips, SignOutThere, SigningKeys, SpendApproval, SpendToken, TenantCrossings,
  TenantDirectory, TestProvider, TokenHandles, TokenRefusals, TokenStandings, TrustedTokens, UpstreamIdentities, UpstreamSessions, WorkloadAgents,
  Write,
];

/** Every use case. The platform module that binds the ports is given by whoever composes the application. */
@Module({})
export class CommandsModule {
  static on(platform: DynamicModule): DynamicModule {
    return { module: CommandsModule, imports: [CqrsModule.forRoot(), platform], providers: [...parts, ...handlers], exports: [CqrsModule, ...parts] };
  }
}
