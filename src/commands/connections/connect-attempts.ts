import { Injectable } from '@nestjs/common';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { Holder } from '../../domain/credential/credential.events.js';
import type { AuthorizationAttempt } from '../../domain/ports/downstream-oauth.js';
import { SentAway } from '../sent-away.js';

/** What was begun in one browser, for one connection, and by whom. */
export interface ConnectAttempt extends AuthorizationAttempt {
  readonly connectionId: string;
  readonly connectionEpoch: number;
  readonly holder: Holder;
  /** The session that began it; no other may end it (VA-04). */
  readonly userId: string;
  readonly sessionDigest: string;
  /** The agent that is let use it when it succeeds. */
  readonly agent: { readonly agentId: string; readonly scopes: readonly string[]; readonly consentDigest: string } | undefined;
}

const KIND = 'connect-attempt';

/** Authorizations under way at services. */
@Injectable()
export class ConnectAttempts {
  constructor(private readonly sentAway: SentAway) {}

  keep(tenant: string, attempt: ConnectAttempt): Promise<void> {
    return this.sentAway.keep(tenant, KIND, attempt.state, attempt);
  }

  /** Once. Throws Refusal. */
  async take(tenant: string, state: string): Promise<ConnectAttempt> {
    const attempt = await this.sentAway.take<ConnectAttempt>(tenant, KIND, state);
    if (!attempt) throw new Refusal('connect.state_unknown', 'This answer does not belong to anything that was begun here, or it was used before.');
    return attempt;
  }
}
