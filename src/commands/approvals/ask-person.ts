import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { KnownAgent } from '../../domain/agent/agent.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Clock } from '../../domain/ports/clock.js';
import { METHODS } from '../../domain/user/authentication.js';
import { user } from '../../domain/user/user.decider.js';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { LiveState } from '../live-state.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import { IssueToken } from '../tokens/issue-token.js';
import { TokenRefusals } from '../tokens/token-refusals.js';
import { type TokenOrder, vouchersOf } from '../tokens/token-order.js';
import { CIBA, TokenRefused } from '../tokens/token-refused.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import type { ApprovalPending } from './approval-pending.js';
import { HoldToken } from './hold-token.js';
import { AS_IF_APPROVED } from './spend-approval.js';

export interface PersonRequest {
  readonly issuer: string;
  readonly agentId: string;
  /** Who is to be asked; undefined where the hint names nobody. */
  readonly userId: string | undefined;
  readonly resourceId: string;
  /** Undefined for what was granted. */
  readonly scopes: readonly string[] | undefined;
  readonly authorizationDetails: string | undefined;
  readonly bindingMessage: string | undefined;
  readonly lifetime: number | undefined;
  readonly vouchedBy?: VouchedBy | undefined;
}

/** CIBA section 7: the agent asks for the person before it asks for a token. Gives what it is to poll with. */
export class AskPerson extends Command<ApprovalPending> {
  constructor(readonly request: PersonRequest, readonly context: CommandContext) {
    super();
  }
}

/** To confirm is to be asked and to prove who one is; it grants nothing that was not granted before. */
@CommandHandler(AskPerson)
export class AskPersonHandler implements ICommandHandler<AskPerson> {
  constructor(
    private readonly live: LiveState,
    private readonly facts: AccessFactsReader,
    private readonly issuing: IssueToken,
    private readonly refusals: TokenRefusals,
    private readonly holding: HoldToken,
    private readonly notes: NoteRefusalHandler,
    private readonly clock: Clock,
  ) {}

  async execute({ request, context }: AskPerson): Promise<ApprovalPending> {
    const { issuer, agentId, userId, resourceId, authorizationDetails, bindingMessage, lifetime, vouchedBy } = request;
    const { tenant } = context;
    const person = userId === undefined ? undefined : (await this.live.entry(user, streams.user(userId), tenant)).state;
    if (!person || person.status === 'unknown') return this.nobody(request, context);
    const principal = { kind: 'user', id: person.userId } as const;
    const facts = await this.facts.gather({ tenant, agentId, principal, resourceId });
    // Nor does the client learn who has an account here: one who never dealt with it is not told from nobody.
    if (facts.grant.state.status === 'none') await this.facts.catchUp();
    if (facts.grant.state.status === 'none') return this.nobody(request, context);
    const scopes = request.scopes ?? this.facts.granted(facts);
    const order: TokenOrder = { issuer, grantType: CIBA, facts, scopes, allScopes: true, grantEpoch: undefined, context, vouchedBy };
    // With either factor they prove as much as two.
    const decision = await this.issuing.decideExactly({ ...order, approval: AS_IF_APPROVED, signedIn: { authTime: this.clock.seconds(), methods: METHODS.totp } });
    const { clientId } = facts.agent.state as KnownAgent;
    const held = await this.holding.settle({
      action: { purpose: 'ask', agentId, clientId, principal, targetId: resourceId, scopes, grantType: CIBA, authorizationDetails: authorizationDetails ?? '' },
      ...(bindingMessage === undefined ? {} : { bindingMessage }), ...(lifetime === undefined ? {} : { lifetime }), ruleIds: decision.ruleIds,
    }, context, 'ask only');
    if (held.is === 'pending') return held.pending;
    return this.refusals.refuse(order, held.is === 'refused' ? held.reason : 'conflict.concurrent');
  }

  private async nobody({ agentId, vouchedBy }: PersonRequest, context: CommandContext): Promise<never> {
    const told = { error: 'unknown_user_id', reason: 'user.unknown' } as const;
    await this.notes.execute(new NoteRefusal(activityEvents.TokenRefused({ agentId, grantType: CIBA, ...told, ...vouchersOf({ vouchedBy }) }), context));
    throw new TokenRefused(told.error, 'The hint names nobody who has dealt with this client.', told.reason);
  }
}
