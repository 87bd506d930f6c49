import { Injectable } from '@nestjs/common';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { SecretStore } from '../../domain/ports/secret-store.js';
import { tenant as tenantFold } from '../../domain/tenant/tenant.decider.js';
import { user } from '../../domain/user/user.decider.js';
import { LiveState } from '../live-state.js';

export interface Session {
  readonly userId: string;
  /** NumericDate of the sign-in (OIDC auth_time). */
  readonly authTime: number;
  /** RFC 8176 names: pwd, otp, … */
  readonly methods: readonly string[];
  /** SHA-256 of the cookie's secret: names the session in events without opening it. */
  readonly digest: string;
}

export const SESSION_LIFETIME = 12 * 3600;

/** Signed-in people. The vault keeps them, so a restart signs nobody out; the cookie holds a secret that is stored as its digest. */
@Injectable()
export class Sessions {
  constructor(
    private readonly secrets: SecretStore,
    private readonly crypto: Crypto,
    private readonly live: LiveState,
    private readonly clock: Clock,
  ) {}

  /** A new secret and its digest; `start` makes it count, after the sign-in is recorded. */
  prepare(userId: string): { readonly cookie: string; readonly digest: string } {
    const secret = this.crypto.randomSecret('');
    return { cookie: `${userId}.${secret}`, digest: this.crypto.sha256(secret) };
  }

  async start(tenant: string, userId: string, digest: string, methods: readonly string[]): Promise<void> {
    const authTime = this.clock.seconds();
    const value = new TextEncoder().encode(JSON.stringify({ authTime, methods }));
    await this.secrets.put(tenant, 'session', { name: `${userId}.${digest}`, value, expiresAt: authTime + SESSION_LIFETIME });
  }

  /** Undefined unless the session lives, its tenant and its user are active, and the password is still the one that was used. */
  async find(tenant: string, cookie: string | undefined): Promise<Session | undefined> {
    const [, userId, secret] = /^(usr_[\w-]{1,64})\.([\w-]{20,64})$/.exec(cookie ?? '') ?? [];
    if (userId === undefined || secret === undefined) return undefined;
    const digest = this.crypto.sha256(secret);
    const stored = await this.secrets.get(tenant, 'session', `${userId}.${digest}`);
    if (!stored) return undefined;
    const { authTime, methods } = JSON.parse(new TextDecoder().decode(stored)) as Pick<Session, 'authTime' | 'methods'>;
    const { state } = await this.live.entry(user, streams.user(userId), tenant);
    if (state.status !== 'active' || state.passwordSetAt > authTime || (await this.isSuspended(tenant))) return undefined;
    return { userId, authTime, methods, digest };
  }

  /** Nobody signs in to a tenant that is suspended (MT-06). Throws Refusal. */
  async checkOpen(tenantId: string): Promise<void> {
    if (await this.isSuspended(tenantId)) throw new Refusal('tenant.suspended', 'Everything of this tenant is suspended, so nobody can sign in. Whoever runs this hub can tell why.');
  }

  async end(tenant: string, { userId, digest }: Pick<Session, 'userId' | 'digest'>): Promise<void> {
    await this.secrets.delete(tenant, 'session', `${userId}.${digest}`);
  }

  private async isSuspended(tenantId: string): Promise<boolean> {
    return (await this.live.entry(tenantFold, streams.tenant(tenantId), tenantId)).state.status === 'suspended';
  }
}
