import { Injectable } from '@nestjs/common';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { reservation } from '../../domain/reservation/reservation.decider.js';
import { user } from '../../domain/user/user.decider.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { handleStream, userIdOf } from '../users/handles.js';
import { Write } from '../write.js';
import type { ReadAnswer } from './read-answer.js';
import { UpstreamIdentities } from './upstream-identities.js';

/** Addresses may be longer than names. */
const MOST_NAME = 200;

/** What a provider said of somebody, at a sign-in or in an assertion. */
type Admitted = Pick<ReadAnswer, 'provider' | 'person'> & { readonly identity: Pick<ReadAnswer['identity'], 'issuer' | 'subject'> };

/** Whose account it is here: the one that the identity opens, with what the provider says of the person now; else a new one. */
@Injectable()
export class AdmitPerson {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly identities: UpstreamIdentities,
    private readonly crypto: Crypto,
  ) {}

  /** Throws Refusal: user.disabled, sign_in.email_taken, sign_in.unlinked. */
  async of(answer: Admitted, context: CommandContext): Promise<string> {
    const { issuer, subject } = answer.identity;
    const identity = this.identities.digestOf(context.tenant, issuer, subject);
    const userId = await this.reserved(identity, answer, context);
    const { state } = await this.live.entry(user, streams.user(userId), context.tenant);
    // New, or a crash came between the reservation and the record.
    if (state.status === 'unknown') await this.provision(userId, identity, answer, context);
    else if (state.status === 'disabled') throw new Refusal('user.disabled', 'Your account here is disabled. An administrator can enable it.');
    else await this.refresh(userId, identity, answer, context);
    return userId;
  }

  /** Of several first sign-ins of one person at once one makes the account, and the others sign in to it. */
  private async reserved(identity: string, { person, provider }: Admitted, context: CommandContext): Promise<string> {
    const { tenant } = context;
    const holder = await this.identities.holderOf(tenant, identity);
    if (holder !== undefined) return holder;
    if (person.email !== undefined && (await userIdOf(this.live, this.crypto, tenant, person.email)) !== undefined) throw emailTaken(provider.title);
    const userId = this.crypto.randomId(ID_PREFIX.user);
    try {
      await this.write.to(reservation, this.identities.streamOf(identity), { type: 'ReserveName', kind: 'identity', holder: userId }, context);
      return userId;
    } catch (error) {
      const winner = error instanceof Refusal && error.code === 'reservation.taken' ? await this.identities.holderOf(tenant, identity) : undefined;
      if (winner === undefined) throw error;
      return winner;
    }
  }

  private async provision(userId: string, identity: string, { person, provider, identity: { issuer } }: Admitted, context: CommandContext): Promise<void> {
    const { email, emailIsVerified, name, roles, claims } = person;
    // Only an address that the provider has seen is taken for this person; anybody can say one.
    if (email !== undefined) await this.takeEmail(userId, email, emailIsVerified, provider.title, context);
    const from = { providerId: provider.providerId, issuer, identity };
    const command = { type: 'ProvisionUser', userId, email: email ?? '', name: (name ?? email ?? `Somebody from ${provider.title}`).slice(0, MOST_NAME), from, said: { roles, claims } } as const;
    try {
      await this.write.to(user, streams.user(userId), command, context);
    } catch (error) {
      // Another first sign-in of the same person has just made it.
      if (!(error instanceof Refusal && error.code === 'user.exists')) throw error;
    }
  }

  private async takeEmail(userId: string, email: string, isVerified: boolean, title: string, context: CommandContext): Promise<void> {
    const holder = await userIdOf(this.live, this.crypto, context.tenant, email);
    if (holder !== undefined && holder !== userId) throw emailTaken(title);
    if (!isVerified) return;
    try {
      await this.write.to(reservation, handleStream(this.crypto, context.tenant, email), { type: 'ReserveName', kind: 'handle', holder: userId }, context);
    } catch (error) {
      throw error instanceof Refusal && error.code === 'reservation.taken' ? emailTaken(title) : error;
    }
  }

  /** Roles and claims are the provider's word for whom it brought here; who linked it to an account of their own keeps what that account has. */
  private async refresh(userId: string, identity: string, { person: { roles, claims } }: Admitted, context: CommandContext): Promise<void> {
    const { state } = await this.live.entry(user, streams.user(userId), context.tenant);
    const known = state.status === 'unknown' ? undefined : state.identities.find((one) => one.identity === identity);
    if (!known) throw new Refusal('sign_in.unlinked', 'This account was taken off the account here that it opened. Sign in there and link it again.');
    if (known.via === 'first_sign_in') await this.write.to(user, streams.user(userId), { type: 'TakeFromProvider', said: { roles, claims } }, context);
  }
}

// No account is opened, and none linked, because of an address (DM-07): whoever wants that signs in to both.
const emailTaken = (title: string): Refusal =>
  new Refusal('sign_in.email_taken', `There is an account with your e-mail address here already. Sign in to it, and link ${title} under “Security”.`);
