import { Injectable } from '@nestjs/common';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import type { Credential, KnownCredential } from '../../domain/credential/credential.decider.js';
import type { Holder } from '../../domain/credential/credential.events.js';
import type { Position } from '../../domain/kernel/event.js';
import type { RefusalCode } from '../../domain/kernel/refusal.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import type { AllowedDecision } from '../../domain/policy/decision.js';
import { metBy } from '../../domain/user/authentication.js';
import { type AccessFacts, AccessFactsReader } from '../access-facts.js';
import { heldUp } from '../approvals/held-up.js';
import { AS_IF_APPROVED } from '../approvals/spend-approval.js';
import type { Decided } from '../decided-fields.js';
import type { LiveEntry } from '../live-entry.js';
import { KeepCredential } from './keep-credential.js';
import { BEYOND_CREDENTIAL, type HeldLoan, type LendOrder } from './lend-order.js';
import { problemOf, scopesOf } from './ready-credential.js';

/** `isStranger`: it was never let use the connection, and is not told whether there is one. */
export type NoLoan = { readonly reason: RefusalCode; readonly decided?: Decided; readonly isStranger?: boolean };
export type AllowedLoan = Decided<AllowedDecision>;

/** Whether an agent is lent access to a service: by the function that decides on tokens, and by what is held. */
@Injectable()
export class LoanDecisions {
  constructor(private readonly reader: AccessFactsReader, private readonly keep: KeepCredential) {}

  /** What is held for whoever the loan is for. */
  credential(of: KnownConnection, { principal, context: { tenant } }: LendOrder): Promise<LiveEntry<Credential>> {
    const holder: Holder = of.heldBy === 'user' ? { kind: 'user', id: principal.id } : { kind: 'tenant', id: tenant };
    return this.keep.entry(tenant, this.keep.idOf(tenant, of.connectionId, holder));
  }

  decide(order: LendOrder, facts: AccessFacts, before?: Position): AllowedLoan | NoLoan {
    const granted = this.reader.granted(facts);
    // Always in the same order: whoever decides again from the record, which has the outcome, then asks alike.
    const scopes = [...(order.scopes ?? granted)].sort();
    const met = order.approval ? ([...metBy(order.methods), 'approval'] as const) : metBy(order.methods);
    const request = this.reader.request(facts, { grantType: order.grantType, scopes, grantEpoch: undefined, agreedAt: order.agreedAt, met, attestedBy: order.attestedBy }, before);
    const decision = decideAccess(request);
    if (!decision.allowed) return { reason: decision.reason, decided: { request, decision }, isStranger: facts.grant.state.status !== 'active' };
    const of = facts.connection!.state as KnownConnection;
    const decided = { request, decision };
    // What is named is needed, all of it: a call that needs two scopes is not made with one.
    if (order.scopes && decision.denied.length > 0) return { reason: lackOf(decision), decided };
    if (order.objection) return { reason: order.objection, decided };
    if (order.purpose === 'exchange' && !of.lends) return { reason: 'connection.not_lent', decided };
    if (of.heldBy === 'user' && order.principal.kind !== 'user') return { reason: 'credential.unknown', decided };
    return decided;
  }

  /** The decision, and what of it the credential that is held can do. */
  decideOn(order: LendOrder, facts: AccessFacts, held: Credential, before?: Position): { readonly decided: AllowedLoan; readonly scopes: readonly string[] } | NoLoan {
    const decided = this.decide(order, facts, before);
    if ('reason' in decided) return decided;
    const of = facts.connection!.state as KnownConnection;
    const problem = problemOf(of, held);
    if (problem) return { reason: problem, decided };
    const there = scopesOf(of, held as KnownCredential);
    const { scopes: allowed } = decided.decision;
    const scopes = allowed.filter((scope) => there.includes(scope));
    if (scopes.length === 0 || (order.scopes && scopes.length < allowed.length)) return { reason: BEYOND_CREDENTIAL, decided };
    // What is handed over can do all that it can do, whatever was asked for (VA-15).
    const canMore = (held as KnownCredential).beyond !== undefined || there.some((scope) => !allowed.includes(scope));
    if (order.purpose === 'exchange' && canMore) return { reason: 'credential.too_broad', decided };
    return { decided, scopes };
  }

  /** What is kept back by a person's word alone. What would be refused even then nobody is asked about: then why it would be, or undefined. */
  async held(order: LendOrder, { reason, decided }: NoLoan, facts: AccessFacts): Promise<HeldLoan | RefusalCode | undefined> {
    if (order.approval || reason !== 'policy.approval_required' || !decided) return undefined;
    const scopes = heldUp(decided.decision, { exact: order.scopes !== undefined, named: false });
    if (!scopes) return undefined;
    const approved = { ...order, scopes, approval: AS_IF_APPROVED };
    const of = facts.connection!.state as KnownConnection;
    const { state } = await this.credential(of, order);
    // What the tenant holds may be fetched when it is needed; what a person has not given yet can't be.
    const isFetched = of.heldBy === 'tenant' && problemOf(of, state) !== undefined;
    const outcome = isFetched ? this.decide(approved, facts) : this.decideOn(approved, facts, state);
    return 'reason' in outcome ? outcome.reason : { scopes, ruleIds: decided.decision.ruleIds };
  }
}

/** Why some of the scopes that are needed can't be had: an obligation says more than that they are denied. */
const lackOf = ({ obligations: [first] }: AllowedDecision): RefusalCode => (first ? `policy.${first.kind}_required` : 'scope.none_allowed');
