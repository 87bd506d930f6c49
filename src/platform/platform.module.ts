import { type DynamicModule, Module } from '@nestjs/common';
import { Backups } from '../domain/ports/backups.js';
import { Clock } from '../domain/ports/clock.js';
import { Conditions } from '../domain/ports/conditions.js';
import { Crypto } from '../domain/ports/crypto.js';
import { GuardedFetch } from '../domain/ports/guarded-fetch.js';
import { JwtVerifier } from '../domain/ports/jwt-verifier.js';
import { KeyRing } from '../domain/ports/key-ring.js';
import { Ledger } from '../domain/ports/ledger.js';
import { Metrics } from '../domain/ports/metrics.js';
import { Passwords } from '../domain/ports/passwords.js';
import { Privacy } from '../domain/ports/privacy.js';
import { SecretStore } from '../domain/ports/secret-store.js';
import { Settings } from '../domain/ports/settings.js';
import { ReadDatabase } from '../projections/read-database.js';
import { StoreBackups, keptLogOf } from './backup/store-backups.js';
import { CelConditions } from './cel-conditions.js';
import { JoseJwtVerifier } from './jose-jwt-verifier.js';
import { MeasuredLedger } from './metrics/measured-ledger.js';
import { PromMetrics } from './metrics/prom-metrics.js';
import type { Vault } from './vault/open-vault.js';

/** What a deployment stands on; opened before the application, closed after it. */
export interface PlatformParts {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly fetch: GuardedFetch;
  readonly settings: Settings;
  readonly readDatabase: ReadDatabase;
}

/** Binds every port to its adapter. */
@Module({})
export class PlatformModule {
  static of({ ledger, vault, clock, fetch, settings, readDatabase }: PlatformParts): DynamicModule {
    const metrics = new PromMetrics();
    const backups = new StoreBackups({ log: keptLogOf(ledger), rows: vault.rows, clock });
    const bound: readonly (readonly [abstract new (...args: never[]) => unknown, unknown])[] = [
      [Ledger, new MeasuredLedger(ledger, metrics)], [Metrics, metrics], [Clock, clock], [GuardedFetch, fetch], [Settings, settings], [ReadDatabase, readDatabase], [JwtVerifier, new JoseJwtVerifier()], [Backups, backups], [Conditions, new CelConditions()],
      [Crypto, vault.crypto], [KeyRing, vault.keyRing], [Passwords, vault.passwords], [Privacy, vault.privacy], [SecretStore, vault.secrets],
    ];
    return {
      module: PlatformModule,
      providers: bound.map(([provide, useValue]) => ({ provide: provide as never, useValue })),
      exports: bound.map(([provide]) => provide as never),
    };
  }
}
