import { Injectable } from '@nestjs/common';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import { type Credential, type KnownCredential, credential } from '../../domain/credential/credential.decider.js';
import { sentScopes } from '../../domain/connection/scopes.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { CredentialVault, VaultIntegrityError } from '../../domain/ports/credential-vault.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { DownstreamOAuth, DownstreamRefused } from '../../domain/ports/downstream-oauth.js';
import type { CommandContext } from '../command-context.js';
import { ConnectionSecrets } from '../connections/connection-secrets.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { KeepCredential, type Material, materialOf } from './keep-credential.js';

/** Seconds. A call of a service ends within ten (platform/downstream), so a claim that is over is of a node that died. */
const CLAIM_LIFETIME = 30;
/** Seconds to the next try after a failure that may pass; twice as many after each further one, up to the most. */
const RETRY_AFTER = 60;
const MOST_RETRY_AFTER = 600;
/** Seconds since the token was over: who has given none for that long gives none without the holder. */
const GIVES_UP_AFTER = 7 * 86_400;
const MOST_WAITS = 15;
/** What only the holder can put right. A client that the service does not know is the administrator's affair, and passes. */
const HOLDERS: readonly string[] = ['invalid_grant', 'interaction_required', 'consent_required', 'login_required', 'no_refresh_token'];
/** Seconds before its end from which on a token is not handed out without trying for a new one. */
const MARGIN = 60;

type Version = Awaited<ReturnType<Awaited<ReturnType<KeepCredential['prepare']>>>>;

/** New tokens for old ones, by one node at a time (VA-11). What comes back is in the vault before anybody uses it. */
@Injectable()
export class RefreshCredential {
  private readonly underWay = new Map<string, Promise<Credential>>();

  constructor(
    private readonly write: Write,
    private readonly live: LiveState,
    private readonly keep: KeepCredential,
    private readonly secrets: ConnectionSecrets,
    private readonly vault: CredentialVault,
    private readonly oauth: DownstreamOAuth,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
  ) {}

  /** True when the token is over soon, or is over. */
  isDue({ expiresAt }: Pick<KnownCredential, 'expiresAt'>, margin = MARGIN): boolean {
    return expiresAt !== undefined && expiresAt <= this.clock.seconds() + margin;
  }

  /** True when the hub can get a new token by itself. */
  canRefresh(of: KnownConnection, held: KnownCredential): boolean {
    return of.oauth?.grant === 'client_credentials' || held.refreshFingerprint !== undefined;
  }

  /**
   * The credential after a refresh, by this node or another. Callers on this node share one. Throws Refusal:
   * 'credential.refresh_failed' when the service is away, 'credential.needs_reauth' when it does not accept what is held.
   */
  refresh(of: KnownConnection, credentialId: string, context: CommandContext): Promise<Credential> {
    const running = this.underWay.get(credentialId);
    if (running) return running;
    const started = this.once(of, credentialId, context).finally(() => this.underWay.delete(credentialId));
    this.underWay.set(credentialId, started);
    return started;
  }

  private async once(of: KnownConnection, credentialId: string, context: CommandContext): Promise<Credential> {
    const attempt = this.crypto.randomId(ID_PREFIX.secret);
    const now = this.clock.seconds();
    const stream = streams.credential(credentialId);
    const seal = await this.keep.prepare(of, credentialId, attempt, context);
    try {
      await this.write.to(credential, stream, { type: 'StartRefresh', credentialId, attempt, now, until: now + CLAIM_LIFETIME }, context);
    } catch (error) {
      if (error instanceof Refusal && error.code === 'credential.refreshing') return this.others(credentialId, context);
      throw error;
    }
    const { state: held } = await this.keep.entry(context.tenant, credentialId);
    try {
      const version = await seal(await this.ask(of, held as KnownCredential, context));
      return await this.finish(credentialId, held as KnownCredential, { attempt, ...version }, context);
    } catch (error) {
      const told = await this.failed(credentialId, attempt, error, context).catch((failure: unknown) => failure);
      // Somebody else was faster, or something else was stored meanwhile: that is what there is now.
      if (told instanceof Refusal && told.code === 'credential.superseded') return this.others(credentialId, context);
      throw told;
    }
  }

  private async ask(of: KnownConnection, held: KnownCredential, context: CommandContext): Promise<Material> {
    const client = await this.secrets.client(of, context);
    const now = this.clock.seconds();
    if (client.oauth.grant === 'client_credentials') return materialOf(await this.oauth.clientCredentials(client, sentScopes(of, held.scopes)), of, held.scopes, now);
    const { credentialId, connectionId, secretId } = held;
    const token = await this.vault.open({ tenant: context.tenant, connectionId, credentialId, secretId, part: 'refresh' });
    if (token === undefined) throw new DownstreamRefused('no_refresh_token', true, 'There is nothing to refresh the credential with.');
    const given = await this.oauth.refresh(client, token);
    // RFC 6749 section 6: without a new refresh token the old one stays.
    return materialOf({ ...given, refreshToken: given.refreshToken ?? token }, of, held.scopes, now);
  }

  private async finish(credentialId: string, before: KnownCredential, { kind: _, ...version }: { attempt: string } & Version, context: CommandContext): Promise<Credential> {
    try {
      const { state } = await this.write.to(credential, streams.credential(credentialId), { type: 'FinishRefresh', at: this.clock.seconds(), ...version }, context);
      await this.vault.shred(context.tenant, credentialId, before.secretId);
      return state;
    } catch (error) {
      // Nobody will ever name this version.
      if (error instanceof Refusal) await this.vault.shred(context.tenant, credentialId, version.secretId);
      throw error;
    }
  }

  /** Records why there is no new token, and gives what whoever waits is told. */
  private async failed(credentialId: string, attempt: string, error: unknown, context: CommandContext): Promise<unknown> {
    const distrusted = error instanceof VaultIntegrityError;
    if (!distrusted && !(error instanceof DownstreamRefused) && !(error instanceof Refusal && error.code.startsWith('connection.'))) return error;
    const stream = streams.credential(credentialId);
    const { state } = await this.keep.entry(context.tenant, credentialId);
    if (distrusted && state.status !== 'none') await this.write.to(credential, stream, { type: 'DistrustCredential', secretId: state.secretId }, context);
    if (distrusted) return error;
    const now = this.clock.seconds();
    const { expiresAt = now, failures = 0 } = state as KnownCredential;
    const final = (error instanceof DownstreamRefused && HOLDERS.includes(error.reason)) || expiresAt < now - GIVES_UP_AFTER;
    const reason = error instanceof DownstreamRefused ? error.reason : error.code;
    await this.write.to(credential, stream, { type: 'FailRefresh', attempt, reason, final, retryAt: now + Math.min(RETRY_AFTER * 2 ** failures, MOST_RETRY_AFTER) }, context);
    return final
      ? new Refusal('credential.needs_reauth', 'The service does not accept the credential any more.')
      : new Refusal('credential.refresh_failed', 'The service gave no new token; it may later.');
  }

  /** Another node is at it: what it finds is everybody's. */
  private async others(credentialId: string, context: CommandContext): Promise<Credential> {
    for (let waits = 0; waits < MOST_WAITS; waits += 1) {
      const { state, stream } = await this.keep.entry(context.tenant, credentialId);
      if (state.status === 'none' || !state.refresh) return state;
      const left = state.refresh.until - this.clock.seconds();
      if (left <= 0) break;
      await this.live.changed(stream, Math.min(left, 2) * 1000);
    }
    throw new Refusal('credential.refresh_failed', 'Whoever refreshed the credential did not finish; try again.');
  }
}
