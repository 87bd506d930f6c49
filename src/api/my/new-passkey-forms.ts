import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { FactorChallenges } from '../../commands/factors/factor-challenges.js';
import { enrolmentOccasion } from '../../commands/factors/new-factors.js';
import type { Session } from '../../commands/sign-in/sessions.js';
import { Passkeys } from '../../domain/ports/passkeys.js';
import { deviceOf } from '../browser/device.js';
import type { TenantContext } from '../http/tenancy.js';
import type { SecurityModel } from '../pages/security-page.js';

/** What a page needs to have a browser make a passkey. */
@Injectable()
export class NewPasskeyForms {
  constructor(private readonly challenges: FactorChallenges, private readonly passkeys: Passkeys) {}

  of(tenant: TenantContext, http: FastifyRequest, session: Session, { userName, known }: Pick<Parameters<Passkeys['creation']>[1], 'userName' | 'known'>): SecurityModel['newPasskey'] {
    const { challenge, ticket } = this.challenges.make(enrolmentOccasion(tenant.id, tenant.issuer, session));
    const party = { origin: new URL(tenant.issuer).origin, name: tenant.tenant.name };
    return { ticket, label: deviceOf(http) ?? 'Passkey', options: this.passkeys.creation(party, { challenge, userId: session.userId, userName, known }) };
  }
}
