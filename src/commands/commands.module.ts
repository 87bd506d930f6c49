import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccessFactsReader } from './access-facts.js';
import { approvalHandlers, approvalParts } from './approvals/approval-commands.js';
import { ChangeAgentHandler } from './agents/change-agent.js';
import { Clients } from './agents/clients.js';
import { MetadataDocuments } from './agents/metadata-documents.js';
import { OperatorAgent } from './agents/operator-agent.js';
import { NoteRefusalHandler } from './note-refusal.js';
import { RegisterAgentHandler } from './agents/register-agent.js';
import { RegisterDynamicClientHandler } from './agents/register-dynamic-client.js';
import { RotateAgentSecretHandler } from './agents/rotate-agent-secret.js';
import { AuthorizeAgentHandler } from './authorization/authorize-agent.js';
import { DenyConsentHandler } from './authorization/deny-consent.js';
import { BackTestPolicy } from './decisions/back-test-policy.js';
import { PastUsage } from './decisions/past-usage.js';
import { ReplayDecisions } from './decisions/replay-decisions.js';
import { DeploymentState } from './deployment/deployment-state.js';
import { EndQuarantineHandler } from './deployment/end-quarantine.js';
import { RecordRestoreHandler } from './deployment/record-restore.js';
import { TakeBackupHandler } from './deployment/take-backup.js';
import { connectionHandlers, connectionParts } from './connections/connection-commands.js';
import { FirstStartHandler } from './first-start.js';
import { identityProviderHandlers, identityProviderParts } from './identity-providers/identity-provider-commands.js';
import { GiveGrantHandler } from './grants/give-grant.js';
import { NarrowGrantHandler } from './grants/narrow-grant.js';
import { RevokeGrantHandler } from './grants/revoke-grant.js';
import { ReplaceSigningKeysHandler } from './keys/replace-signing-keys.js';
import { RevokeSigningKeyHandler } from './keys/revoke-signing-key.js';
import { RotateSigningKeysHandler } from './keys/rotate-signing-keys.js';
import { SigningKeys } from './keys/signing-keys.js';
import { LiveState } from './live-state.js';
import { ActivatePolicyHandler } from './policies/activate-policy.js';
import { DraftPolicy } from './policies/draft-policy.js';
import { DryRunPolicy } from './policies/dry-run-policy.js';
import { PublishPolicyHandler } from './policies/publish-policy.js';
import { ShadowDecisions } from './policies/shadow-decisions.js';
import { ShadowPolicyHandler } from './policies/shadow-policy.js';
import { AdminApiScopes } from './resources/admin-api-scopes.js';
import { ChangeResourceHandler } from './resources/change-resource.js';
import { OwnResources } from './resources/own-resources.js';
import { RegisterResourceHandler } from './resources/register-resource.js';
import { ResourceCredentials } from './resources/resource-credentials.js';
import { RotateResourceSecretHandler } from './resources/rotate-resource-secret.js';
import { ChangeTenantHandler } from './tenants/change-tenant.js';
import { CreateTenantHandler } from './tenants/create-tenant.js';
import { TenantCrossings } from './tenants/tenant-crossings.js';
import { TenantDirectory } from './tenants/tenant-directory.js';
import { ExchangeForCredentialHandler } from './tokens/exchange-for-credential.js';
import { ExchangeSubjects } from './tokens/exchange-subjects.js';
import { ExchangeTokenHandler } from './tokens/exchange-token.js';
import { InspectToken } from './tokens/inspect-token.js';
import { IssueClientTokenHandler } from './tokens/issue-client-token.js';
import { IssueToken } from './tokens/issue-token.js';
import { RedeemCodeHandler } from './tokens/redeem-code.js';
import { RefuseExchange } from './tokens/refuse-exchange.js';
import { RevokeTokenHandler } from './tokens/revoke-token.js';
import { RotateRefreshTokenHandler } from './tokens/rotate-refresh-token.js';
import { TokenHandles } from './tokens/token-handles.js';
import { TokenRefusals } from './tokens/token-refusals.js';
import { TokenStandings } from './tokens/token-standings.js';
import { trustHandlers, trustParts } from './trust/trust-commands.js';
import { ChangeUserHandler } from './users/change-user.js';
import { factorHandlers, factorParts } from './users/factor-commands.js';
import { DisclosePeopleHandler } from './users/disclose-people.js';
import { RegisterUserHandler } from './users/register-user.js';
import { RevealIdentityHandler } from './users/reveal-identity.js';
import { People } from './users/people.js';
import { Sessions } from './users/sessions.js';
import { SignInStanding } from './users/sign-in-standing.js';
import { PasswordSetter, SetPasswordHandler } from './users/set-password.js';
import { SignInHandler } from './users/sign-in.js';
import { SignOutHandler } from './users/sign-out.js';
import { ContinueVaultRotationHandler } from './vault/continue-vault-rotation.js';
import { RotateVaultKeysHandler } from './vault/rotate-vault-keys.js';
import { SentAway } from './sent-away.js';
import { Write } from './write.js';

const handlers = [
  ActivatePolicyHandler, AuthorizeAgentHandler, ChangeAgentHandler, ChangeResourceHandler, ChangeTenantHandler, ChangeUserHandler,
  CreateTenantHandler, DenyConsentHandler, DisclosePeopleHandler, EndQuarantineHandler, ExchangeForCredentialHandler, ExchangeTokenHandler, FirstStartHandler, GiveGrantHandler, IssueClientTokenHandler, NarrowGrantHandler, NoteRefusalHandler,
  PublishPolicyHandler, RecordRestoreHandler, RedeemCodeHandler, RegisterAgentHandler, RegisterDynamicClientHandler, RegisterResourceHandler,
  RegisterUserHandler, RevealIdentityHandler, RevokeGrantHandler, RevokeTokenHandler, RotateAgentSecretHandler, RotateRefreshTokenHandler,
  ReplaceSigningKeysHandler, RevokeSigningKeyHandler, RotateResourceSecretHandler, RotateSigningKeysHandler, SetPasswordHandler, ShadowPolicyHandler, SignInHandler, SignOutHandler, TakeBackupHandler,
  ContinueVaultRotationHandler, RotateVaultKeysHandler,
];
const shared = [
  AccessFactsReader, AdminApiScopes, BackTestPolicy, Clients, DeploymentState, DraftPolicy, DryRunPolicy, ExchangeSubjects, InspectToken, IssueToken, LiveState, MetadataDocuments, OperatorAgent, OwnResources, PasswordSetter, PastUsage, People, RefuseExchange, ReplayDecisions, ResourceCredentials, Sessions, ShadowDecisions, SignInStanding, SigningKeys,
  SentAway, TenantCrossings, TenantDirectory, TokenHandles, TokenRefusals, TokenStandings, Write,
];

/** Every use case. The platform module that binds the ports is given by whoever composes the application. */
@Module({})
export class CommandsModule {
  static on(platform: DynamicModule): DynamicModule {
    const parts = [...shared, ...connectionParts, ...identityProviderParts, ...factorParts, ...approvalParts, ...trustParts];
    const providers = [...parts, ...handlers, ...connectionHandlers, ...identityProviderHandlers, ...factorHandlers, ...approvalHandlers, ...trustHandlers];
    return { module: CommandsModule, imports: [CqrsModule.forRoot(), platform], providers, exports: [CqrsModule, ...parts] };
  }
}
