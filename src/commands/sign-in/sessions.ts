import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { tenant as tenantFold } from '../../domain/tenant/tenant.decider.js';
import { type User, user } from '../../domain/user/user.decider.js';
import { HALF_LIFETIME, SESSION_LIFETIME } from '../../domain/user/user-sessions.js';
import type { LiveEntry } from '../live-entry.js';
import { LiveState } from '../live-state.js';
import { type RestsOn, SignInStanding } from './sign-in-standing.js';
import { secondLook } from '../second-look.js';
import { undoneIfErased } from '../users/erased-meanwhile.js';

export { SESSION_LIFETIME } from '../../domain/user/user-sessions.js';

/** What the vault keeps of a session. */
interface Kept {
  /** NumericDate of the sign-in (OIDC auth_time). */
  readonly authTime: number;
  /** RFC 8176 names: pwd, otp, … */
  readonly methods: readonly string[];
  /** NumericDate at which the person last proved who they are; later than `authTime` when they showed a factor since. */
  readonly provenAt: number;
  /** Words about the browser, for the person's own list. */
  readonly device?: string | undefined;
  /** NumericDate of the beginning here, where that is later than the sign-in: a person may have been signed in at an identity provider for long. */
  readonly startedAt?: number | undefined;
  /** What it rests on at an identity provider; the ID token is for signing out there. */
  readonly upstream?: RestsOn | undefined;
  /** The password was right, and a second factor is missing: good for nothing but to show it. */
  readonly isHalf?: boolean | undefined;
}

export interface Session extends Omit<Kept, 'isHalf'> {
  readonly userId: string;
  /** SHA-256 of the cookie's secret: names the session in events without opening it. */
  readonly digest: string;
}

const lists = (state: User, digest: string, isHalf: boolean): boolean =>
  state.status === 'active' && (isHalf ? state.halfSessions : state.sessions).some((one) => one.digest === digest);
const bytes = (kept: Kept): Uint8Array => new TextEncoder().encode(JSON.stringify(kept));
const read = (stored: Uint8Array): Kept => {
  const kept = JSON.parse(new TextDecoder().decode(stored)) as Omit<Kept, 'provenAt'> & Partial<Kept>;
  return { ...kept, provenAt: kept.provenAt ?? kept.authTime };
};

/** Signed-in people. The vault keeps them, so a restart signs nobody out; the cookie holds a secret that is stored as its digest. */
@Injectable()
export class Sessions {
  constructor(
    private readonly secrets: SecretStore,
    private readonly crypto: Crypto,
    private readonly live: LiveState,
    private readonly standing: SignInStanding,
  ) {}

  /** A new secret and its digest; `start` makes it count, after the sign-in is recorded. */
  prepare(userId: string): { readonly cookie: string; readonly digest: string } {
    const secret = this.crypto.randomSecret('');
    return { cookie: `${userId}.${secret}`, digest: this.crypto.sha256(secret) };
  }

  async start(tenant: string, userId: string, digest: string, kept: Kept): Promise<void> {
    const expiresAt = (kept.startedAt ?? kept.authTime) + (kept.isHalf ? HALF_LIFETIME : SESSION_LIFETIME);
    await this.secrets.put(tenant, 'session', { name: `${userId}.${digest}`, value: bytes(kept), expiresAt });
    // It may hold what an identity provider says of the person.
    await undoneIfErased(this.live, { tenant, userId }, () => this.end(tenant, { userId, digest }));
  }

  /** Undefined unless the session lives, is whole, its tenant and its user are active, and the password is still the one that was used. */
  async find(tenant: string, cookie: string | undefined): Promise<Session | undefined> {
    return this.whole(await this.look(tenant, cookie));
  }

  /** The session that waits for a second factor. It is never one that `find` gives. */
  async half(tenant: string, cookie: string | undefined): Promise<Session | undefined> {
    const found = await this.look(tenant, cookie);
    return found?.isHalf ? found : undefined;
  }

  /** One that the person has, by its digest; undefined when it has ended. */
  async named(tenant: string, userId: string, digest: string): Promise<Session | undefined> {
    return this.whole(await this.kept(tenant, userId, digest));
  }

  async end(tenant: string, { userId, digest }: Pick<Session, 'userId' | 'digest'>): Promise<void> {
    await this.secrets.delete(tenant, 'session', `${userId}.${digest}`);
  }

  /** Whole and half ones. `except` lives on. */
  async endAll(tenant: string, userId: string, except?: Session): Promise<void> {
    await this.secrets.deleteAll(tenant, 'session', `${userId}.`);
    if (except) await this.start(tenant, userId, except.digest, except);
  }

  /** Nobody signs in to a tenant that is suspended (MT-06). Throws Refusal. */
  async checkOpen(tenantId: string): Promise<void> {
    if (await this.isSuspended(tenantId)) throw new Refusal('tenant.suspended', 'Everything of this tenant is suspended, so nobody can sign in. Whoever runs this hub can tell why.');
  }

  private async isSuspended(tenantId: string): Promise<boolean> {
    return (await secondLook(this.live, () => this.live.entry(tenantFold, streams.tenant(tenantId), tenantId), ({ state }) => state.status !== 'suspended')).state.status === 'suspended';
  }

  private whole(found: (Session & Kept) | undefined): Session | undefined {
    return found?.isHalf ? undefined : found;
  }

  private async look(tenant: string, cookie: string | undefined): Promise<(Session & Kept) | undefined> {
    const [, userId, secret] = /^(usr_[\w-]{1,64})\.([\w-]{20,64})$/.exec(cookie ?? '') ?? [];
    return userId === undefined || secret === undefined ? undefined : this.kept(tenant, userId, this.crypto.sha256(secret));
  }

  private async kept(tenant: string, userId: string, digest: string): Promise<(Session & Kept) | undefined> {
    const stored = await this.secrets.get(tenant, 'session', `${userId}.${digest}`);
    if (!stored) return undefined;
    const { authTime, methods, provenAt, device, isHalf, startedAt, upstream } = read(stored);
    const entry = await this.live.entry(user, streams.user(userId), tenant);
    // Only what the ledger lists counts, whatever the vault still has. Another node may have begun it, and this one not have heard of it yet.
    if (!lists(entry.state, digest, isHalf === true)) await this.live.refresh(entry as LiveEntry, tenant);
    const { state } = entry;
    if (!lists(state, digest, isHalf === true)) return undefined;
    if (state.status !== 'active' || state.passwordSetAt > (startedAt ?? authTime) || (await this.isSuspended(tenant))) return undefined;
    if (!(await this.standing.holds(tenant, upstream, state))) return undefined;
    return { userId, authTime, methods, provenAt, digest, device, isHalf, startedAt, upstream };
  }
}
