import type { Type } from '@nestjs/common';
import { ChangeProvidersHandler } from './change-providers.js';
import { DiscoverProvider } from './discover-provider.js';
import { FindProviders } from './find-providers.js';
import { ProviderSecrets } from './provider-secrets.js';
import { SetProviderHandler } from './set-provider.js';
import { SetProviderSecretHandler } from './set-provider-secret.js';
import { TestProvider } from './test-provider.js';
import { UpstreamIdentities } from './upstream-identities.js';

/** The identity providers that people sign in with. */
export const identityProviderHandlers: Type[] = [ChangeProvidersHandler, SetProviderHandler, SetProviderSecretHandler];
export const identityProviderParts: Type[] = [DiscoverProvider, FindProviders, ProviderSecrets, TestProvider, UpstreamIdentities];
