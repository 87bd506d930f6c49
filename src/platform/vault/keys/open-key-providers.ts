import type { Clock } from '../../../domain/ports/clock.js';
import type { KeyProvider } from '../../../domain/ports/key-provider.js';
import type { SecretStore } from '../../../domain/ports/secret-store.js';
import { AwsKmsKeyProvider, type KmsOptions } from './aws-kms-key-provider.js';
import { LocalKeyProvider } from './local-key-provider.js';
import { TransitKeyProvider, type TransitOptions } from './transit-key-provider.js';
import { WatchedKeyProvider } from './watched-key-provider.js';

/** Which keys wrap the data keys of credentials. Others that are described here go on unwrapping what they wrapped once. */
export interface VaultKeysOptions {
  readonly use: 'local' | 'aws-kms' | 'transit';
  readonly kms?: KmsOptions | undefined;
  readonly transit?: TransitOptions | undefined;
}

export type KeyProviders = readonly [WatchedKeyProvider, ...WatchedKeyProvider[]];

/** Of every kind that is described, the one that wraps first. Nothing is asked of anybody yet. */
export const openKeyProviders = async ({ use, kms, transit }: VaultKeysOptions, secrets: SecretStore, clock: Clock): Promise<KeyProviders> => {
  const found: KeyProvider[] = [new LocalKeyProvider(secrets)];
  if (kms) found.push(await AwsKmsKeyProvider.open(kms));
  if (transit) found.push(new TransitKeyProvider(transit));
  const [first, ...others] = found.toSorted((a, b) => Number(b.kind === use) - Number(a.kind === use)).map((provider) => new WatchedKeyProvider(provider, clock));
  if (first?.kind !== use) throw new Error(`the keys ${use} are not described`);
  return [first, ...others];
};
