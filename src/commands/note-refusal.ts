import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { activityEvents } from '../domain/activity/activity.events.js';
import { streams } from '../domain/kernel/ids.js';
import { Clock } from '../domain/ports/clock.js';
import type { CommandContext } from './command-context.js';
import { RepeatedRefusals } from './repeated-refusals.js';
import { Write } from './write.js';

type Noted =
  | ReturnType<typeof activityEvents.ClientAuthenticationFailed>
  | ReturnType<typeof activityEvents.ApiCallRefused>
  | ReturnType<typeof activityEvents.TenantCrossed>
  | ReturnType<typeof activityEvents.AssertionRefused>
  | ReturnType<typeof activityEvents.IssuerKeysRejected>
  | ReturnType<typeof activityEvents.AuthorizationRefused>
  | ReturnType<typeof activityEvents.FactorRefused>
  | ReturnType<typeof activityEvents.FormRefused>
  | ReturnType<typeof activityEvents.SignInRefused>
  | ReturnType<typeof activityEvents.TokenRefused>
  | ReturnType<typeof activityEvents.UpstreamLogoutRefused>
  | ReturnType<typeof activityEvents.UpstreamSignInRefused>;

/**
 * A refusal is a fact (docs/architecture.md, rule 5): records what somebody known was refused before anything was decided, the first of
 * its kind in a minute. Only for agents and people that exist, and for tokens of issuers that the tenant was shown.
 */
export class NoteRefusal extends Command<void> {
  constructor(readonly noted: Noted, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(NoteRefusal)
export class NoteRefusalHandler implements ICommandHandler<NoteRefusal> {
  private readonly repeated = new RepeatedRefusals();

  constructor(private readonly write: Write, private readonly clock: Clock) {}

  async execute({ noted, context }: NoteRefusal): Promise<void> {
    const { providerId, agentId, userId, ruleId, reason, endpoint, operation, form, factor, what } = noted.data as Told;
    // Where nobody is known it is the tenant's own affair.
    const subject = providerId ?? agentId ?? userId ?? ruleId ?? context.tenant;
    // Nothing of the kind is the caller's to choose (a grant type, a redirect URI), or each of his would be the first.
    const kind = [context.tenant, noted.type, subject, ruleId ?? '', reason, endpoint ?? operation ?? form ?? factor ?? what ?? ''];
    if (this.repeated.isFirst(kind, this.clock.now())) await this.write.record(streams.activity(subject), noted, context);
  }
}

interface Told {
  readonly providerId?: string;
  readonly agentId?: string;
  readonly userId?: string;
  readonly ruleId?: string;
  readonly reason: string;
  readonly endpoint?: string;
  readonly operation?: string;
  readonly form?: string;
  readonly factor?: string;
  readonly what?: string;
}
