import { type DynamicModule, Module } from '@nestjs/common';
import { adminControllers, adminProviders } from './admin/admin.providers.js';
import { approvalControllers, approvalProviders } from './approvals/approvals.providers.js';
import { AllowedAgents } from './authorize/allowed-agents.js';
import { AuthorizationRequestReader } from './authorize/authorization-request-reader.js';
import { AuthorizeController } from './authorize/authorize.controller.js';
import { ConfirmController } from './authorize/confirm.controller.js';
import { ConsentQuestions } from './authorize/consent-question.js';
import { FactorPrompts } from './authorize/factor-prompts.js';
import { HomeController } from './authorize/home.controller.js';
import { InteractionPages } from './authorize/interaction-pages.js';
import { MyAgentsController } from './authorize/my-agents.controller.js';
import { MySessionsController } from './authorize/my-sessions.controller.js';
import { NewPasskeyForms } from './authorize/new-passkey-forms.js';
import { PasskeySignInController } from './authorize/passkey-sign-in.controller.js';
import { PostedForms } from './authorize/posted-forms.js';
import { SecondFactorController } from './authorize/second-factor.controller.js';
import { SecurityController } from './authorize/security.controller.js';
import { SecurityForms } from './authorize/security-forms.js';
import { SecurityPages } from './authorize/security-pages.js';
import { SignInController } from './authorize/sign-in.controller.js';
import { SignInAttempts } from './authorize/sign-in-attempts.js';
import { SignInOffers } from './authorize/sign-in-offers.js';
import { SignInPages } from './authorize/sign-in-pages.js';
import { StepUpPages } from './authorize/step-up-pages.js';
import { Transactions } from './authorize/transactions.js';
import { connectionControllers, connectionProviders } from './connections/connections.providers.js';
import { HealthModule } from './health/health.module.js';
import { Tenancy } from './http/tenancy.js';
import { BackchannelController } from './oauth/backchannel.controller.js';
import { ClientAssertions } from './oauth/client-assertions.js';
import { ClientAuthentication } from './oauth/client-authentication.js';
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
import { ResourceParameter } from './oauth/resource-parameter.js';
import { RevocationEndpoint } from './oauth/revocation-endpoint.js';
import { RequestRefusals } from './oauth/request-refusals.js';
import { TokenEndpoint } from './oauth/token-endpoint.js';
import { UserinfoController } from './oauth/userinfo.controller.js';
import { LinkedIdentities } from './sign-in/linked-identities.js';
import { LinkedIdentitiesController } from './sign-in/linked-identities.controller.js';
import { UpstreamLogoutController } from './sign-in/upstream-logout.controller.js';
import { UpstreamSignInController } from './sign-in/upstream-sign-in.controller.js';
import { WorkloadClients } from './oauth/workload-clients.js';

/** The ways to get a token: adding one is one line here. */
const grants = [AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant, TokenExchangeGrant, CibaGrant, JwtBearerGrant];

@Module({})
export class ApiModule {
  static on(...imports: DynamicModule[]): DynamicModule {
    return {
      module: ApiModule,
      imports: [...imports, HealthModule.on(...imports)],
      controllers: [
        AuthorizeController, BackchannelController, ConfirmController, HomeController, MetadataController, MyAgentsController, MySessionsController,
        PasskeySignInController, RegistrationController, SecondFactorController, SecurityController, SignInController,
        LinkedIdentitiesController, UpstreamLogoutController, UpstreamSignInController, UserinfoController, ...adminControllers, ...connectionControllers, ...approvalControllers,
      ],
      providers: [
        AllowedAgents, AuthorizationRequestReader, ClientAssertions, ClientAuthentication, ConsentQuestions, FactorPrompts, InteractionPages, IntrospectionEndpoint, LinkedIdentities, NewPasskeyForms, PersonHints, PostedForms,
        RequestRefusals, ResourceParameter, RevocationEndpoint, SecurityForms, SecurityPages, SignInAttempts, SignInOffers, SignInPages, StepUpPages, Tenancy, TokenEndpoint, Transactions, WorkloadClients, ...adminProviders, ...connectionProviders, ...approvalProviders, ...grants,
        { provide: GrantTable, useFactory: (...given: GrantType[]) => grantTable(given), inject: grants },
      ],
    };
  }
}
