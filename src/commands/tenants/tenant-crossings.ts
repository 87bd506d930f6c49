import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { ANONYMOUS } from '../../domain/kernel/event.js';
import type { DataOf } from '../../domain/kernel/fields.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { JwtVerifier } from '../../domain/ports/jwt-verifier.js';
import { Ledger } from '../../domain/ports/ledger.js';
import { SigningKeys } from '../keys/signing-keys.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import { TokenHandles } from '../tokens/token-handles.js';

const STREAM_OF: readonly (readonly [prefix: string, stream: (id: string) => string])[] = [
  [ID_PREFIX.agent, streams.agent], [ID_PREFIX.user, streams.user], [ID_PREFIX.resource, streams.resource], [ID_PREFIX.grant, streams.grant],
  [ID_PREFIX.connection, streams.connection], [ID_PREFIX.credential, streams.credential], [ID_PREFIX.approval, streams.approval],
];
const MOST_NAMES = 10;
/** Strangers may send what looks like somebody's token as often as they like: so often a minute it is worth a look. */
const MOST_LOOKS = 60;
const MINUTE = 60_000;

const HANDLE = /^m([cr])_(aut_[\w-]{1,64})\./;
const TENANT = /^tnt_[\w-]{1,64}$/;

/**
 * Somebody at one tenant brings what is another's (MT-01, AD-02). It counts for nothing and the caller is told what a
 * stranger would be told; that it happened is recorded with whoever it belongs to.
 */
@Injectable()
export class TenantCrossings {
  private looks = { since: 0, left: MOST_LOOKS };

  constructor(
    private readonly ledger: Ledger,
    private readonly keys: SigningKeys,
    private readonly verifier: JwtVerifier,
    private readonly handles: TokenHandles,
    private readonly refusals: NoteRefusalHandler,
    private readonly clock: Clock,
  ) {}

  /** Whether one of these ids is another tenant's. */
  async names(tenant: string, ids: readonly string[]): Promise<boolean> {
    for (const id of ids.slice(0, MOST_NAMES)) {
      const stream = STREAM_OF.find(([prefix]) => id.startsWith(prefix))?.[1](id);
      const owner = stream && (await this.first(stream))?.tenant;
      if (owner !== undefined && owner !== tenant) return true;
    }
    return false;
  }

  /** Of a code or token that counts for nothing at `tenant`: records when it is another's. */
  async note(tenant: string, text: string): Promise<void> {
    if (HANDLE.test(text)) await this.noteHandle(tenant, text);
    else await this.noteToken(tenant, text);
  }

  private async noteToken(tenant: string, jwt: string): Promise<void> {
    const { tenant: owner, iss } = unverifiedClaims(jwt);
    if (typeof owner !== 'string' || !TENANT.test(owner) || typeof iss !== 'string' || owner === tenant || !this.mayLook()) return;
    const { keys } = await this.keys.all(owner);
    // Whose it says it is it must be: only what that tenant signed is recorded there.
    const claims = keys.length === 0 ? undefined : await this.verifier.verifyOwn(jwt, keys, { typ: 'at+jwt', issuer: iss, now: this.clock.seconds() });
    if (claims?.['tenant'] === owner) await this.record(owner, String(claims['agent']), 'access_token');
  }

  private async noteHandle(tenant: string, text: string): Promise<void> {
    const [, kind, authorizationId = ''] = HANDLE.exec(text) ?? [];
    const issued = this.mayLook() ? await this.first(streams.authorization(authorizationId)) : undefined;
    if (!issued || issued.tenant === tenant) return;
    const isGenuine = kind === 'c' ? this.handles.readCode(issued.tenant, text) : this.handles.readRefreshToken(issued.tenant, text);
    if (isGenuine) await this.record(issued.tenant, (issued.data as { agentId: string }).agentId, kind === 'c' ? 'code' : 'refresh_token');
  }

  private async record(owner: string, agentId: string, what: DataOf<typeof activityEvents.TenantCrossed.fields>['what']): Promise<void> {
    const context = { tenant: owner, actor: ANONYMOUS, correlationId: 'tenant-crossing' };
    await this.refusals.execute(new NoteRefusal(activityEvents.TenantCrossed({ agentId, what, reason: 'tenant.crossing' }), context));
  }

  private async first(stream: string) {
    return (await this.ledger.readStream(stream, 0, 1))[0];
  }

  private mayLook(): boolean {
    const now = this.clock.now();
    if (now - this.looks.since >= MINUTE) this.looks = { since: now, left: MOST_LOOKS };
    this.looks.left -= 1;
    return this.looks.left >= 0;
  }
}

const unverifiedClaims = (jwt: string): Readonly<Record<string, unknown>> => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};
