import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { KnownAgent } from '../../domain/agent/agent.decider.js';
import { grant } from '../../domain/grant/grant.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import { Clock } from '../../domain/ports/clock.js';
import type { IdJag } from '../../domain/trust/id-jag.js';
import { AccessFactsReader } from '../access-facts.js';
import type { CommandContext } from '../command-context.js';
import { NoteRefusal, NoteRefusalHandler } from '../note-refusal.js';
import { AssertedPerson } from '../trust/asserted-person.js';
import { SpendToken } from '../trust/spend-token.js';
import type { BelievedToken } from '../trust/trusted-tokens.js';
import type { VouchedBy } from '../trust/vouched-by.js';
import { Write } from '../write.js';
import { IssueToken } from './issue-token.js';
import type { IssuedGrant } from './issued-grant.js';
import { type TokenOrder, attestedBy, vouchersOf } from './token-order.js';
import { JWT_BEARER, TokenRefused, toldAs } from './token-refused.js';
import { TokenRefusals } from './token-refusals.js';

export class RedeemIdJag extends Command<IssuedGrant> {
  constructor(
    readonly request: {
      readonly issuer: string; readonly agent: KnownAgent; readonly believed: BelievedToken; readonly asserted: IdJag; readonly resourceId: string;
      /** What is asked for and the identity provider allows. */
      readonly scopes: readonly string[];
      readonly clientVouchedBy: VouchedBy | undefined;
    },
    readonly context: CommandContext,
  ) {
    super();
  }
}

/**
 * Enterprise-managed authorization: the workforce's identity provider, and not the person, lets the agent act for them. Its
 * word stands where consent would, as a grant that can be seen and taken back; what policy forbids it can't give either.
 */
@CommandHandler(RedeemIdJag)
export class RedeemIdJagHandler implements ICommandHandler<RedeemIdJag> {
  constructor(
    private readonly people: AssertedPerson,
    private readonly facts: AccessFactsReader,
    private readonly write: Write,
    private readonly issuing: IssueToken,
    private readonly refusals: TokenRefusals,
    private readonly spending: SpendToken,
    private readonly notes: NoteRefusalHandler,
    private readonly clock: Clock,
  ) {}

  async execute({ request, context }: RedeemIdJag): Promise<IssuedGrant> {
    const { issuer, agent, believed, asserted, clientVouchedBy, resourceId, scopes } = request;
    const { agentId } = agent;
    const principal = { kind: 'user', id: await this.person(request, context) } as const;
    const facts = await this.facts.gather({ tenant: context.tenant, agentId, principal, resourceId });
    const vouchedBy = { ...believed.vouchedBy, agreedAt: asserted.agreedAt };
    const order: TokenOrder = { issuer, grantType: JWT_BEARER, facts, scopes, grantEpoch: undefined, context, vouchedBy, clientVouchedBy };
    const asking = this.facts.request(facts, {
      grantType: JWT_BEARER, scopes, grantEpoch: undefined, agreedAt: asserted.agreedAt, attestedBy: attestedBy(order), deferred: ['approval'], asking: true,
    });
    const may = decideAccess(asking);
    if (!may.allowed) return this.refusals.refuse(order, may.reason, { request: asking, decision: may });
    if (!(await this.spending.spend(believed, context))) return this.refusals.refuse(order, 'assertion.replayed');
    const given = {
      type: 'GiveGrant', grantId: facts.grantId, agentId, principal, resourceId, scopes: may.scopes, via: 'identity_provider', metadataDigest: agent.metadataDigest, now: this.clock.seconds(),
      trustRuleId: believed.rule.ruleId, trust: (await this.facts.trust(context.tenant)).state,
    } as const;
    await this.write.to(grant, streams.grant(facts.grantId), given, context);
    return this.issuing.issue({ ...order, scopes: may.scopes });
  }

  private async person({ asserted, believed, clientVouchedBy, agent: { agentId } }: RedeemIdJag['request'], context: CommandContext): Promise<string> {
    try {
      return await this.people.of(asserted, believed.claims, context);
    } catch (error) {
      // That others were faster says nothing about the assertion, which is not spent yet.
      if (!(error instanceof Refusal) || error.code === 'conflict.concurrent') throw error;
      const { error: told, message } = toldAs('assertion.claims_mismatch');
      const event = activityEvents.TokenRefused({ agentId, grantType: JWT_BEARER, error: told, reason: error.code, ...vouchersOf({ vouchedBy: believed.vouchedBy, clientVouchedBy }) });
      await this.notes.execute(new NoteRefusal(event, context));
      throw new TokenRefused(told, message, error.code);
    }
  }
}
