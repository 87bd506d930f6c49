import { type DynamicModule, Module } from '@nestjs/common';
import { adminControllers, adminProviders } from './admin/admin.providers.js';
import { AuthorizationRequestReader } from './authorize/authorization-request-reader.js';
import { AuthorizeController } from './authorize/authorize.controller.js';
import { ConsentQuestions } from './authorize/consent-question.js';
import { InteractionPages } from './authorize/interaction-pages.js';
import { PostedForms } from './browser/posted-forms.js';
import { Transactions } from './browser/transactions.js';
import { Visitors } from './browser/visitors.js';
import { CallbackController } from './connections/callback.controller.js';
import { ConnectQuestions } from './connections/connect-questions.js';
import { ConnectController } from './connections/connect.controller.js';
import { ForwardCallers } from './connections/forward-callers.js';
import { ForwardEndpoint } from './connections/forward-endpoint.js';
import { HealthModule } from './health/health.module.js';
import { Tenancy } from './http/tenancy.js';
import { AllowedAgents } from './my/allowed-agents.js';
import { ApprovalPages } from './my/approval-pages.js';
import { ApprovalQuestions } from './my/approval-questions.js';
import { HomeController } from './my/home.controller.js';
import { LinkedIdentitiesController } from './my/linked-identities.controller.js';
import { LinkedIdentities } from './my/linked-identities.js';
import { MyAgentsController } from './my/my-agents.controller.js';
import { MyApprovalsController } from './my/my-approvals.controller.js';
import { MyConnectionsController } from './my/my-connections.controller.js';
import { MySessionsController } from './my/my-sessions.controller.js';
import { NewPasskeyForms } from './my/new-passkey-forms.js';
import { OpenApprovals } from './my/open-approvals.js';
import { SecurityForms } from './my/security-forms.js';
import { SecurityPages } from './my/security-pages.js';
import { SecurityController } from './my/security.controller.js';
import { TargetsInWords } from './my/targets-in-words.js';
import { BackchannelController } from './oauth/backchannel.controller.js';
import { ClientAssertions } from './oauth/clients/client-assertions.js';
import { ClientAuthentication } from './oauth/clients/client-authentication.js';
import { AuthorizationCodeGrant } from './oauth/grants/authorization-code.grant.js';
import { CibaGrant } from './oauth/grants/ciba.grant.js';
import { ClientCredentialsGrant } from './oauth/grants/client-credentials.grant.js';
import { GrantTable, type GrantType, grantTable } from './oauth/grants/grant-type.js';
import { JwtBearerGrant } from './oauth/grants/jwt-bearer.grant.js';
import { RefreshTokenGrant } from './oauth/grants/refresh-token.grant.js';
import { TokenExchangeGrant } from './oauth/grants/token-exchange.grant.js';
import { IntrospectionEndpoint } from './oauth/introspection-endpoint.js';
import { MetadataController } from './oauth/metadata.controller.js';
import { PersonHints } from './oauth/person-hints.js';
import { RegistrationController } from './oauth/registration.controller.js';
import { RequestRefusals } from './oauth/request-refusals.js';
import { ResourceParameter } from './oauth/resource-parameter.js';
import { RevocationEndpoint } from './oauth/revocation-endpoint.js';
import { TokenEndpoint } from './oauth/token-endpoint.js';
import { UserinfoController } from './oauth/userinfo.controller.js';
import { WorkloadClients } from './oauth/clients/workload-clients.js';
import { ConfirmController } from './sign-in/confirm.controller.js';
import { FactorPrompts } from './sign-in/factor-prompts.js';
import { PasskeySignInController } from './sign-in/passkey-sign-in.controller.js';
import { SecondFactorController } from './sign-in/second-factor.controller.js';
import { SignInAttempts } from './sign-in/sign-in-attempts.js';
import { SignInOffers } from './sign-in/sign-in-offers.js';
import { SignInPages } from './sign-in/sign-in-pages.js';
import { SignInController } from './sign-in/sign-in.controller.js';
import { StepUpPages } from './sign-in/step-up-pages.js';
import { UpstreamLogoutController } from './sign-in/upstream-logout.controller.js';
import { UpstreamSignInController } from './sign-in/upstream-sign-in.controller.js';

/** The ways to get a token: adding one is one line here. */
const grants = [AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant, TokenExchangeGrant, CibaGrant, JwtBearerGrant];

@Module({})
export class ApiModule {
  static on(...imports: DynamicModule[]): DynamicModule {
    return {
      module: ApiModule,
      imports: [...imports, HealthModule.on(...imports)],
      controllers: [
        AuthorizeController, BackchannelController, CallbackController, ConfirmController, ConnectController, HomeController,
        LinkedIdentitiesController, MetadataController, MyAgentsController, MyApprovalsController, MyConnectionsController, MySessionsController,
        PasskeySignInController, RegistrationController, SecondFactorController, SecurityController, SignInController, UpstreamLogoutController,
        UpstreamSignInController, UserinfoController, ...adminControllers,
      ],
      providers: [
        AllowedAgents, ApprovalPages, ApprovalQuestions, AuthorizationRequestReader, ClientAssertions, ClientAuthentication, ConnectQuestions,
        ConsentQuestions, FactorPrompts, ForwardCallers, ForwardEndpoint, InteractionPages, IntrospectionEndpoint, LinkedIdentities, NewPasskeyForms,
        OpenApprovals, PersonHints, PostedForms, RequestRefusals, ResourceParameter, RevocationEndpoint, SecurityForms, SecurityPages,
        SignInAttempts, SignInOffers, SignInPages, StepUpPages, TargetsInWords, Tenancy, TokenEndpoint, Transactions, Visitors, WorkloadClients,
        ...adminProviders, ...grants,
        { provide: GrantTable, useFactory: (...given: GrantType[]) => grantTable(given), inject: grants },
      ],
    };
  }
}
