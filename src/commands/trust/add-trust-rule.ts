import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Position } from '../../domain/kernel/event.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { Clock } from '../../domain/ports/clock.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Settings } from '../../domain/ports/settings.js';
import { checkTrustRule } from '../../domain/trust/trust-rule-checks.js';
import { trust } from '../../domain/trust/trust.decider.js';
import type { TrustRule } from '../../domain/trust/trust.events.js';
import { agentOf } from '../agents/agent-of.js';
import type { CommandContext } from '../command-context.js';
import { checkScopes } from '../grants/check-scopes.js';
import { FindProviders } from '../identity-providers/find-providers.js';
import { LiveState } from '../live-state.js';
import { Write } from '../write.js';
import { type TrustDraft, resolvedRule } from './trust-draft.js';

/** An administrator says whose tokens prove who an agent is. */
export class AddTrustRule extends Command<{ readonly ruleId: string; readonly position: Position }> {
  /** `issuer`: of the tenant. */
  constructor(readonly draft: TrustDraft, readonly issuer: string, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(AddTrustRule)
export class AddTrustRuleHandler implements ICommandHandler<AddTrustRule> {
  constructor(
    private readonly live: LiveState,
    private readonly write: Write,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly providers: FindProviders,
  ) {}

  async execute({ draft, issuer, context }: AddTrustRule): Promise<{ ruleId: string; position: Position }> {
    const rule = { ruleId: this.crypto.randomId(ID_PREFIX.trust), ...resolvedRule(draft, issuer) };
    const command = { type: 'AddTrustRule', rule, issuer, local: this.settings.allowLoopback, now: this.clock.seconds() } as const;
    checkTrustRule(rule, command);
    await this.checkThere(rule, context.tenant);
    const { position } = await this.write.to(trust, streams.trust(context.tenant), command, context);
    return { ruleId: rule.ruleId, position };
  }

  /** What the rule names is there; a mistake in it would show at the first token only. */
  private async checkThere({ agentId, template, purpose, issuer }: TrustRule, tenant: string): Promise<void> {
    if (purpose === 'users' && !(await this.providers.byIssuer(tenant, issuer))) throw new Refusal('trust.invalid', 'No identity provider of this tenant has this issuer. Set it up first: it says whose accounts its people have.');
    if (agentId !== undefined) {
      const { status } = await agentOf(this.live, tenant, agentId);
      if (status === 'retired') throw new Refusal('agent.retired', 'The agent is retired, for good.');
    }
    for (const grant of template?.grants ?? []) await checkScopes(this.live, tenant, grant);
  }
}
