import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { claimsOf } from '../../domain/token/identity-scopes.js';
import type { Issuance } from '../../domain/token/token.events.js';
import type { CommandContext } from '../command-context.js';
import { type Standing, TokenStandings } from '../tokens/token-standings.js';
import { Write } from '../write.js';
import { People, type Person } from './people.js';

/**
 * Tells whoever has a person's token of them what they agreed to. That it was done stands in the ledger before anything is
 * opened, and only what the token still allows at that place is told. Undefined when the token holds no more there.
 */
export class RevealIdentity extends Command<Partial<Person> | undefined> {
  constructor(readonly token: Issuance, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(RevealIdentity)
export class RevealIdentityHandler implements ICommandHandler<RevealIdentity> {
  constructor(private readonly standings: TokenStandings, private readonly write: Write, private readonly people: People) {}

  async execute({ token, context }: RevealIdentity): Promise<Partial<Person> | undefined> {
    const { agentId, principal } = token;
    const standing = await this.standings.of(context.tenant, token);
    const claims = claimsOf(standing.scopes());
    if (claims.length === 0) return {};
    const revealed = activityEvents.PersonalDataRevealed({ agentId, userIds: [principal.id], claims });
    const { checked: held } = await this.write.admit({ stream: streams.activity(agentId), event: revealed, context, relied: standing.relied }, () => scopesOf(standing), () => undefined);
    if (!held) return undefined;
    const person = await this.people.find(context.tenant, principal.id);
    return person ? Object.fromEntries(claimsOf(held).filter((claim) => claims.includes(claim)).map((claim) => [claim, person[claim]])) : {};
  }
}

/** Undefined when the token holds no more. */
const scopesOf = ({ relied, problem, scopes }: Standing): readonly string[] | undefined => {
  // What is not followed any more can't tell.
  if (relied.some(({ current }) => !current)) throw new Refusal('conflict.concurrent', 'Too many changes at once; try again.');
  return problem() === undefined ? scopes() : undefined;
};
