import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { SYSTEM } from '../../domain/kernel/event.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Crypto } from '../../domain/ports/crypto.js';
import type { CommandContext } from '../command-context.js';
import { identityProviderIdOf } from '../derived-ids.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import type { SignedIn, Whence } from '../sign-in/begin-session.js';
import { Sessions } from '../sign-in/sessions.js';
import { AdmitPerson } from './admit-person.js';
import { FindProviders } from './find-providers.js';
import { LinkPerson } from './link-person.js';
import { type ReadAnswer, ReadUpstreamAnswer, type UpstreamAnswer } from './read-answer.js';
import type { KeptTrip } from './sign-in-trips.js';
import { UpstreamSessions } from './upstream-sessions.js';

export interface FinishedSignIn {
  /** Undefined when an account was linked to the one that is signed in. */
  readonly signedIn: SignedIn | undefined;
  readonly next: string;
}

/** What the page needs to know to offer another try. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
  constructor(readonly refusal: Refusal, readonly next: string | undefined, readonly isLink: boolean) {
    super(refusal.message);
  }
}

/** Signs a person in by what the provider said, or links the account there. Throws SignInRefused, recorded. */
export class FinishUpstreamSignIn extends Command<FinishedSignIn> {
  constructor(
    readonly answer: UpstreamAnswer & { readonly sessionCookie: string | undefined; readonly whence: Whence },
    readonly context: Omit<CommandContext, 'actor'>,
  ) {
    super();
  }
}

@CommandHandler(FinishUpstreamSignIn)
export class FinishUpstreamSignInHandler implements ICommandHandler<FinishUpstreamSignIn> {
  constructor(
    private readonly answers: ReadUpstreamAnswer,
    private readonly find: FindProviders,
    private readonly admit: AdmitPerson,
    private readonly link: LinkPerson,
    private readonly sessions: Sessions,
    private readonly upstreamSessions: UpstreamSessions,
    private readonly refusals: NoteRefusalHandler,
    private readonly crypto: Crypto,
  ) {}

  async execute({ answer, context }: FinishUpstreamSignIn): Promise<FinishedSignIn> {
    const { tenant } = context;
    // A name of which there is no provider is noise, and remembered nowhere.
    if (!(await this.find.byName(tenant, answer.name))) throw new SignInRefused(new Refusal('sign_in.state_unknown', 'There is no such identity provider.'), undefined, false);
    let trip: KeptTrip | undefined;
    try {
      await this.sessions.checkOpen(tenant);
      trip = await this.answers.begun(tenant, answer);
      return await this.finish(await this.answers.read(tenant, trip, answer), answer, { ...context, actor: SYSTEM });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const event = activityEvents.UpstreamSignInRefused({
        providerId: identityProviderIdOf(this.crypto, tenant, answer.name), reason: error.code,
        ...(error.detail === undefined ? {} : { detail: error.detail }), ...(trip?.link ? { userId: trip.link.userId } : {}),
      });
      await this.refusals.execute(new NoteRefusal(event, { ...context, actor: { kind: 'anonymous', id: 'anonymous' } }));
      throw new SignInRefused(error, trip?.next, trip?.link !== undefined);
    }
  }

  private async finish(read: ReadAnswer, { sessionCookie, whence }: FinishUpstreamSignIn['answer'], context: CommandContext): Promise<FinishedSignIn> {
    const { next } = read.trip;
    if (read.trip.link) {
      await this.link.to(read, await this.sessions.find(context.tenant, sessionCookie), context);
      return { signedIn: undefined, next };
    }
    const userId = await this.admit.of(read, context);
    return { signedIn: await this.upstreamSessions.begin(userId, read, whence, context), next };
  }
}
