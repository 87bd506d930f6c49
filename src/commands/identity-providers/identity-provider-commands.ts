import type { Type } from '@nestjs/common';
import { AdmitPerson } from './admit-person.js';
import { BeginUpstreamSignInHandler } from './begin-upstream-sign-in.js';
import { ChangeProvidersHandler } from './change-providers.js';
import { DiscoverProvider } from './discover-provider.js';
import { EndUpstreamSessionsHandler } from './end-upstream-sessions.js';
import { FindProviders } from './find-providers.js';
import { FinishUpstreamSignInHandler } from './finish-upstream-sign-in.js';
import { LinkPerson } from './link-person.js';
import { LocalSignIn } from './local-sign-in.js';
import { ProviderSecrets } from './provider-secrets.js';
import { ProviderTrust } from './provider-trust.js';
import { SetProviderHandler } from './set-provider.js';
import { SetProviderSecretHandler } from './set-provider-secret.js';
import { ReadUpstreamAnswer } from './read-answer.js';
import { ReadLogoutToken } from './read-logout-token.js';
import { SignInTrips } from './sign-in-trips.js';
import { SignOutThere } from './sign-out-there.js';
import { TestProvider } from './test-provider.js';
import { UnlinkIdentityHandler } from './unlink-identity.js';
import { UpstreamIdentities } from './upstream-identities.js';
import { UpstreamSessions } from './upstream-sessions.js';

/** The identity providers that people sign in with. */
export const identityProviderHandlers: Type[] = [BeginUpstreamSignInHandler, ChangeProvidersHandler, EndUpstreamSessionsHandler, FinishUpstreamSignInHandler, SetProviderHandler, SetProviderSecretHandler, UnlinkIdentityHandler];
export const identityProviderParts: Type[] = [AdmitPerson, DiscoverProvider, FindProviders, LinkPerson, LocalSignIn, ProviderSecrets, ProviderTrust, ReadLogoutToken, ReadUpstreamAnswer, SignInTrips, SignOutThere, TestProvider, UpstreamIdentities, UpstreamSessions];
