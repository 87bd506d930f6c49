import type { Authorization } from '../../domain/authorization/authorization.decider.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import type { ObligationKind } from '../../domain/policy/access-request.js';
import type { Decision } from '../../domain/policy/decision.js';
import type { Actors } from '../../domain/token/delegation.js';
import type { Issuance } from '../../domain/token/token.events.js';
import type { TrustBook } from '../../domain/trust/trust.decider.js';
import { metBy } from '../../domain/user/authentication.js';
import type { AccessFacts } from '../access-facts.js';
import { heldUp } from '../approvals/held-up.js';
import type { SpentApproval } from '../approvals/spend-approval.js';
import type { CommandContext } from '../command-context.js';
import type { LiveEntry } from '../live-entry.js';
import type { VouchedBy } from '../trust/vouched-by.js';

/** Tokens of other issuers that a request comes with. */
export interface Vouchers {
  /** The one that proves the agent, or for whom it acts. */
  readonly vouchedBy?: VouchedBy | undefined;
  /** The token of its platform that the client proved itself with, where `vouchedBy` is the grant. What is issued rests on both. */
  readonly clientVouchedBy?: VouchedBy | undefined;
}

/** A token that somebody wants, and everything that it rests on. */
export interface TokenOrder extends Vouchers {
  readonly issuer: string;
  readonly grantType: string;
  readonly facts: AccessFacts;
  readonly scopes: readonly string[];
  readonly grantEpoch: number | undefined;
  readonly context: CommandContext;
  readonly authorization?: { readonly id: string; readonly generation: number; readonly authTime: number; readonly methods: readonly string[]; readonly nonce?: string | undefined };
  /** Whether each of the scopes has to be allowed, or those count that are. */
  readonly allScopes?: boolean;
  /** RFC 9396, in one spelling: a token carries them only when a person confirmed just these. */
  readonly authorizationDetails?: string | undefined;
  /** What a person confirmed of exactly this; it is consumed already when the token is issued. */
  readonly approval?: SpentApproval;
  /** How the person proved who they are, where that is neither a code's nor another token's: when they confirmed it. */
  readonly signedIn?: { readonly authTime: number; readonly methods: readonly string[] };
  /** The token that this one is made from: it holds no longer than that one, and on the authority of the same subject. */
  readonly derivedFrom?: {
    readonly parent: Issuance; readonly subject: string; readonly actors: Actors; readonly methods: readonly string[] | undefined;
    readonly mayAct: string | undefined; readonly relied: readonly LiveEntry[];
    /** Why a token with these scopes can't be made from it, as things stand at the moment. */
    problem(scopes: readonly string[]): RefusalCode | undefined;
  };
}
export type RefusedOrder = Pick<TokenOrder, 'facts' | 'grantType' | 'context' | 'scopes' | 'authorization' | 'derivedFrom'> & Vouchers;

/** When the person agreed; undefined when the agent acts for itself. */
export const agreedAt = ({ authorization, derivedFrom, signedIn, vouchedBy }: TokenOrder): number | undefined =>
  authorization?.authTime ?? derivedFrom?.parent.authTime ?? signedIn?.authTime ?? vouchedBy?.agreedAt;

/** How the person proved who they are; refresh and exchange add nothing to it (SU-08). */
export const methodsOf = ({ authorization, derivedFrom, signedIn }: TokenOrder): readonly string[] | undefined => authorization?.methods ?? derivedFrom?.methods ?? signedIn?.methods;

/** Obligations that are met: by the way in which the person signed in, and by what they confirmed of exactly this. */
export const metOf = (order: TokenOrder): readonly ObligationKind[] | undefined => {
  const met = metBy(methodsOf(order));
  return order.approval ? [...(met ?? []), 'approval'] : met;
};
/** The scopes that only a person's approval keeps back; undefined when there is nothing to ask, or it was asked. */
export const waiting = ({ approval, authorizationDetails, allScopes }: TokenOrder, decision: Decision): readonly string[] | undefined =>
  approval ? undefined : heldUp(decision, { exact: allScopes ?? false, named: authorizationDetails !== undefined });

/** The entries that the token rests on; for nearly all the same list. */
export const reliedOn = ({ facts, derivedFrom, approval }: TokenOrder, family: LiveEntry<Authorization> | undefined, book: LiveEntry<TrustBook> | undefined): readonly LiveEntry[] =>
  family || derivedFrom || approval || book ? [...facts.relied, ...(family ? [family as LiveEntry] : []), ...(book ? [book as LiveEntry] : []), ...(derivedFrom?.relied ?? []), ...(approval?.relied ?? [])] : facts.relied;

/** Why what the token is issued into, or made from, has ended. */
export const endedBy = ({ derivedFrom, approval }: TokenOrder, family: LiveEntry<Authorization> | undefined, scopes: readonly string[]): RefusalCode | undefined =>
  family && family.state.status !== 'live' ? 'authorization.revoked' : (derivedFrom?.problem(scopes) ?? approval?.problem());

/** The rules that all of it rests on. */
export const rulesOf = ({ vouchedBy, clientVouchedBy }: Vouchers): readonly string[] =>
  [vouchedBy, clientVouchedBy].flatMap((by) => (by ? [by.ruleId] : []));

/** What policies call whoever vouched for the agent: its platform, whatever else is its grant. */
export const attestedBy = ({ vouchedBy, clientVouchedBy }: Vouchers): string | undefined => (clientVouchedBy ?? vouchedBy)?.platform;

/** How another issuer's token stands in events. */
export const recordOf = ({ ruleId, platform, assertion }: VouchedBy) => ({ ruleId, platform, assertion });
/** Who vouched, in what is issued and in what is refused alike. */
export const vouchersOf = ({ vouchedBy, clientVouchedBy }: Vouchers) =>
  ({ ...(vouchedBy ? { vouchedBy: recordOf(vouchedBy) } : {}), ...(clientVouchedBy ? { clientVouchedBy: recordOf(clientVouchedBy) } : {}) });
