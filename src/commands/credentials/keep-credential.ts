import { Injectable } from '@nestjs/common';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import { givenScopes, scopesBeyond } from '../../domain/connection/scopes.js';
import { type Credential, type KnownCredential, credential } from '../../domain/credential/credential.decider.js';
import type { CredentialVersion, Holder } from '../../domain/credential/credential.events.js';
import type { Position } from '../../domain/kernel/event.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { CredentialVault, VaultIntegrityError, type VaultPlace } from '../../domain/ports/credential-vault.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { ServiceTokens } from '../../domain/ports/downstream-oauth.js';
import type { CommandContext } from '../command-context.js';
import { fingerprintOf } from '../connections/fingerprint.js';
import { credentialIdOf } from '../derived-ids.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';

/** A secret on its way into the vault. */
export interface Material {
  readonly kind: CredentialVersion['kind'];
  readonly access: string;
  readonly refresh?: string | undefined;
  readonly scopes: readonly string[];
  readonly expiresAt?: number | undefined;
  /** Scopes that came with it and that the connection does not know. */
  readonly beyond?: number;
}

/** From what a service gave to what is kept. `asked`: what it gave when it does not say. */
export const materialOf = ({ accessToken, refreshToken, expiresIn, scopes }: ServiceTokens, of: KnownConnection, asked: readonly string[], now: number): Material => {
  const lifetime = expiresIn ?? of.oauth?.assumedLifetime;
  return { kind: 'oauth', access: accessToken, refresh: refreshToken, scopes: givenScopes(of, scopes, asked), beyond: scopesBeyond(of, scopes), expiresAt: lifetime === undefined ? undefined : now + lifetime };
};

/** Puts secrets into the vault and says so in the ledger, in that order: what the ledger names is there. */
@Injectable()
export class KeepCredential {
  constructor(
    private readonly write: Write,
    private readonly live: LiveState,
    private readonly vault: CredentialVault,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  idOf(tenant: string, connectionId: string, holder: Holder): string {
    return credentialIdOf(this.crypto, tenant, connectionId, holder);
  }

  async entry(tenant: string, credentialId: string): Promise<LiveEntry<Credential>> {
    return this.live.entry(credential, streams.credential(credentialId), tenant);
  }

  /** What a service gives for somebody, in place of what was held before. It is asked when it is certain that what it gives can be sealed. */
  async store(
    of: KnownConnection, holder: Holder, given: { readonly via: 'connect' | 'client_credentials' | 'upload'; readonly material: () => Promise<Material> }, context: CommandContext,
  ): Promise<Position> {
    const credentialId = this.idOf(context.tenant, of.connectionId, holder);
    const seal = await this.prepare(of, credentialId, this.crypto.randomId(ID_PREFIX.secret), context);
    const version = await seal(await given.material());
    const command = { type: 'StoreCredential', credentialId, connectionId: of.connectionId, connectionEpoch: of.epoch, holder, via: given.via, at: this.clock.seconds(), ...version } as const;
    // Not before the service was waited for: what somebody stored meanwhile is what this takes the place of.
    const { state: before } = await this.entry(context.tenant, credentialId);
    const { position } = await this.write.to(credential, streams.credential(credentialId), command, context);
    if (before.status !== 'none') await this.vault.shred(context.tenant, credentialId, before.secretId);
    return position;
  }

  /** What is held, and the seconds that are left of it; undefined when a newer version took its place. What does not open is distrusted from then on. */
  async open({ connectionId, credentialId, secretId, expiresAt }: KnownCredential, context: CommandContext): Promise<{ readonly secret: string; readonly expiresIn: number | undefined } | undefined> {
    try {
      const secret = await this.vault.open({ tenant: context.tenant, connectionId, credentialId, secretId, part: 'access' });
      return secret === undefined ? undefined : { secret, expiresIn: expiresAt === undefined ? undefined : Math.max(0, expiresAt - this.clock.seconds()) };
    } catch (error) {
      if (error instanceof VaultIntegrityError) await this.write.to(credential, streams.credential(credentialId), { type: 'DistrustCredential', secretId }, context);
      throw error;
    }
  }

  /**
   * What seals the parts of one version and gives what may be said of it. The keys are asked for here, before the service is:
   * a refresh token that it has replaced and that can't be kept would be lost.
   */
  async prepare({ connectionId }: KnownConnection, credentialId: string, secretId: string, { tenant }: CommandContext) {
    const place = (part: VaultPlace['part']): VaultPlace => ({ tenant, connectionId, credentialId, secretId, part });
    const [sealAccess, sealRefresh] = await Promise.all([this.vault.prepare(place('access')), this.vault.prepare(place('refresh'))]);
    return async ({ kind, access, refresh, scopes, expiresAt, beyond = 0 }: Material) => {
      await sealAccess(access);
      if (refresh !== undefined) await sealRefresh(refresh);
      return this.told(secretId, { kind, access, refresh, scopes, expiresAt, beyond }, tenant);
    };
  }

  private told(secretId: string, { kind, access, refresh, scopes, expiresAt, beyond = 0 }: Material, tenant: string) {
    return {
      secretId, kind, fingerprint: fingerprintOf(this.crypto, tenant, access), scopes,
      ...(refresh === undefined ? {} : { refreshFingerprint: fingerprintOf(this.crypto, tenant, refresh) }), ...(expiresAt === undefined ? {} : { expiresAt }), ...(beyond === 0 ? {} : { beyond }),
    };
  }
}
