import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LiveState } from '../../commands/live-state.js';
import { FactorSecrets } from '../../commands/factors/factor-secrets.js';
import { mayChangeFactors } from '../../commands/factors/may-change-factors.js';
import { personOf } from '../../commands/users/person-of.js';
import { type Session, Sessions } from '../../commands/sign-in/sessions.js';
import { PasswordSetter } from '../../commands/users/set-password.js';
import { Clock } from '../../domain/ports/clock.js';
import { codesLeft } from '../../domain/user/factors.js';
import type { KnownUser } from '../../domain/user/user.decider.js';
import { sendPageWithScript } from '../browser/send-page.js';
import type { TenantContext } from '../http/tenancy.js';
import { basePathOf } from '../pages/safe-url.js';
import { type SecurityModel, securityPage } from '../pages/security-page.js';
import { LinkedIdentities } from './linked-identities.js';
import { NewPasskeyForms } from './new-passkey-forms.js';
import { Visitors } from '../browser/visitors.js';

export type Told = Pick<SecurityModel, 'notice' | 'error'>;
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** A person's own view of their factors and sessions. */
@Injectable()
export class SecurityPages {
  constructor(
    private readonly live: LiveState,
    private readonly factorSecrets: FactorSecrets,
    private readonly newPasskeys: NewPasskeyForms,
    private readonly passwords: PasswordSetter,
    private readonly sessions: Sessions,
    private readonly visitors: Visitors,
    private readonly identities: LinkedIdentities,
    private readonly clock: Clock,
  ) {}

  async send(tenant: TenantContext, http: FastifyRequest, reply: FastifyReply, session: Session, told: Told = {}): Promise<void> {
    const own = await this.visitors.ownPage(tenant, http, reply, session);
    const person = await personOf(this.live, tenant.id, session.userId);
    const known = await this.factorSecrets.of(tenant.id, session.userId, person.factors.enrolled);
    const passkeys = known.flatMap(({ secret }) => ('passkey' in secret ? [secret.passkey] : []));
    const mayChange = mayChangeFactors(person, session, this.clock.seconds());
    sendPageWithScript(reply, told.error === undefined ? 200 : 422, securityPage({
      ...own, ...told, base: `${basePathOf(tenant.issuer)}/my/security`,
      factors: known.map(({ factorId, kind, secret, enrolledAt, lastUsedAt, isDistrusted }) => ({
        factorId, kind, label: secret.label, since: iso(enrolledAt), lastUsed: lastUsedAt === undefined ? undefined : iso(lastUsedAt), isDistrusted,
      })),
      codesLeft: codesLeft(person.factors), hasPassword: await this.passwords.isSet(tenant.id, session.userId),
      newPasskey: mayChange ? this.newPasskeys.of(tenant, http, session, { userName: own.user.email, known: passkeys }) : undefined,
      sessions: await this.listed(tenant, session, person), identities: await this.identities.of(tenant.id, person),
    }));
  }

  /** Those that the ledger tells of and the vault still has; the one that asks stands first. */
  async listed(tenant: TenantContext, session: Session, { sessions }: KnownUser): Promise<SecurityModel['sessions']> {
    const found = await Promise.all(sessions.map(async (one) => ({ one, kept: await this.sessions.named(tenant.id, session.userId, one.digest) })));
    const shown = found.flatMap(({ one, kept }) => (kept ? [{
      digest: one.digest, device: kept.device ?? 'Some browser', network: one.network ?? '', since: iso(one.startedAt), isThisOne: one.digest === session.digest,
    }] : []));
    return shown.sort((a, b) => Number(b.isThisOne) - Number(a.isThisOne) || (a.since < b.since ? 1 : -1));
  }
}
