import { type DynamicModule, Module } from '@nestjs/common';
import { Backups } from '../domain/ports/backups.js';
import { Clock } from '../domain/ports/clock.js';
import { Conditions } from '../domain/ports/conditions.js';
import { CredentialVault } from '../domain/ports/credential-vault.js';
import { Crypto } from '../domain/ports/crypto.js';
import { DownstreamOAuth } from '../domain/ports/downstream-oauth.js';
import { GuardedFetch } from '../domain/ports/guarded-fetch.js';
import { JwtVerifier } from '../domain/ports/jwt-verifier.js';
import { KeyRing } from '../domain/ports/key-ring.js';
import { Ledger } from '../domain/ports/ledger.js';
import { Metrics } from '../domain/ports/metrics.js';
import { OneTimeCodes } from '../domain/ports/one-time-codes.js';
import { OutboundHttp } from '../domain/ports/outbound-http.js';
import { Passkeys } from '../domain/ports/passkeys.js';
import { Passwords } from '../domain/ports/passwords.js';
import { Privacy } from '../domain/ports/privacy.js';
import { SecretStore } from '../domain/ports/secret-store.js';
import { Settings } from '../domain/ports/settings.js';
import { UpstreamSignIn } from '../domain/ports/upstream-sign-in.js';
import { VaultKeys } from '../domain/ports/vault-keys.js';
import { ReadDatabase } from '../projections/read-database.js';
import { StoreBackups, keptLogOf } from './backup/store-backups.js';
import { CelConditions } from './cel-conditions.js';
import { OAuthClient } from './downstream/oauth-client.js';
import { OtplibOneTimeCodes } from './factors/otplib-one-time-codes.js';
import { SimpleWebAuthnPasskeys } from './factors/simplewebauthn-passkeys.js';
import { GuardedHttp } from './guarded-fetch/guarded-http.js';
import { JoseJwtVerifier } from './jose-jwt-verifier.js';
import { PromMetrics } from './metrics/prom-metrics.js';
import { OpenIdSignIn } from './upstream/openid-sign-in.js';
import type { Vault } from './vault/open-vault.js';

/** What a deployment stands on; opened before the application, closed after it. */
export interface PlatformParts {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly fetch: GuardedFetch;
  /** The way to services; the guarded one, as the settings allow, when it is left out. */
  readonly outbound?: OutboundHttp;
  readonly settings: Settings;
  readonly readDatabase: ReadDatabase;
}

/** Binds every port to its adapter. */
@Module({})
export class PlatformModule {
  static of({ ledger, vault, clock, fetch, settings, readDatabase, outbound = new GuardedHttp({ allowLoopback: settings.allowLoopback }) }: PlatformParts): DynamicModule {
    const backups = new StoreBackups({ log: keptLogOf(ledger), rows: vault.rows, clock });
    const bound: readonly (readonly [abstract new (...args: never[]) => unknown, unknown])[] = [
      [Ledger, ledger], [Metrics, new PromMetrics()], [Clock, clock], [GuardedFetch, fetch], [Settings, settings], [ReadDatabase, readDatabase], [JwtVerifier, new JoseJwtVerifier()], [Backups, backups], [Conditions, new CelConditions()],
      [Crypto, vault.crypto], [KeyRing, vault.keyRing], [Passwords, vault.passwords], [Privacy, vault.privacy], [SecretStore, vault.secrets],
      [CredentialVault, vault.credentials], [OutboundHttp, outbound], [DownstreamOAuth, new OAuthClient(outbound)], [UpstreamSignIn, new OpenIdSignIn(outbound, clock)],
      [Passkeys, new SimpleWebAuthnPasskeys()], [OneTimeCodes, new OtplibOneTimeCodes()],
      [VaultKeys, vault.keys],
    ];
    return {
      module: PlatformModule,
      providers: bound.map(([provide, useValue]) => ({ provide: provide as never, useValue })),
      exports: bound.map(([provide]) => provide as never),
    };
  }
}
