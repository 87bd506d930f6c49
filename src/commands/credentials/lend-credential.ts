import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import type { KnownCredential } from '../../domain/credential/credential.decider.js';
import type { KnownGrant } from '../../domain/grant/grant.decider.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import type { DeniedScope } from '../../domain/policy/decision.js';
import { decisionInputs, decisionRecord } from '../../domain/policy/decision-record.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type AccessFacts, AccessFactsReader } from '../access-facts.js';
import { Reliance } from '../reliance.js';
import { decidedFields } from '../decided-fields.js';
import type { LiveEntry } from '../live-entry.js';
import { ShadowDecisions } from '../policies/shadow-decisions.js';
import { vouchersOf } from '../tokens/token-order.js';
import { Write } from '../write.js';
import { KeepCredential } from './keep-credential.js';
import { BEYOND_CREDENTIAL, type HeldLoan, type LendOrder, type Loan } from './lend-order.js';
import { type AllowedLoan, LoanDecisions, type NoLoan } from './loan-decisions.js';
import { LoanRefusals, toldOfLoan } from './loan-refusals.js';
import { ReadyCredential } from './ready-credential.js';

const MOST_ATTEMPTS = 3;

/**
 * Access to a service, for one agent and now: decided by the function that decides on tokens, recorded before the secret
 * is opened, and opened only when what the decision relied on still held at the record's own place in the log.
 */
@Injectable()
export class LendCredential {
  constructor(
    private readonly write: Write,
    private readonly reader: AccessFactsReader,
    private readonly decisions: LoanDecisions,
    private readonly refusals: LoanRefusals,
    private readonly ready: ReadyCredential,
    private readonly keep: KeepCredential,
    private readonly crypto: Crypto,
    private readonly shadow: ShadowDecisions,
  ) {}

  /** Throws LendRefused after the refusal is recorded; LedgerUnavailable or VaultUnavailable when nothing can be lent. */
  async lend(order: LendOrder, attempts = MOST_ATTEMPTS): Promise<Loan> {
    const facts = await this.facts(order);
    // Nothing is asked of the service, and nothing is opened, for who may not have it.
    const first = this.decisions.decide(order, facts);
    if ('reason' in first) {
      if (attempts > 1 && (await this.reader.catchUp())) return this.lend(order, attempts - 1);
      return this.refuse(order, first, facts);
    }
    const of = facts.connection!.state as KnownConnection;
    const held = await this.decisions.credential(of, order);
    const unready = await this.ready.make(of, held, order.context).then(() => undefined, (error: unknown) => error);
    if (unready instanceof Refusal) {
      // Decided again: the service was waited for, and what is recorded stands beside what it was decided on.
      const now = this.decisions.decide(order, facts);
      return this.refuse(order, 'reason' in now ? now : { reason: unready.code, decided: now }, facts);
    }
    if (unready) throw unready;
    return this.admit(order, attempts);
  }

  private async admit(order: LendOrder, attempts: number): Promise<Loan> {
    const { context } = order;
    const facts = await this.facts(order);
    const held = await this.decisions.credential(facts.connection!.state as KnownConnection, order);
    // From here to the append nothing is awaited: the revisions are those that were decided on.
    const decided = this.decisions.decideOn(order, facts, held.state);
    if ('reason' in decided) return this.refuse(order, decided, facts);
    const ended = order.standing.problem() ?? order.approval?.problem();
    if (ended) return this.refuse(order, { reason: ended }, facts);
    const of = facts.connection!.state as KnownConnection;
    const lent = held.state as KnownCredential;
    const lendId = this.crypto.randomId(ID_PREFIX.lend);
    const reliance = new Reliance([...facts.relied, held as LiveEntry, ...order.standing.relied, ...(order.approval?.relied ?? [])]);
    const event = this.event(order, facts, { lendId, lent, decided: decided.decided, scopes: decided.scopes });
    const stream = streams.activity(order.agentId);
    const { checked } = await this.write.admit({ stream, event, context, relied: reliance.entries }, (position) => reliance.problemAt(position, () => {
      const endedSince = order.standing.problem() ?? order.approval?.problem();
      if (endedSince) return endedSince;
      const again = this.decisions.decideOn(order, facts, held.state, position);
      if ('reason' in again) return again.reason;
      // Another version is there by now: it is lent under a record of its own, or not at all.
      if ((held.state as KnownCredential).secretId !== lent.secretId) return 'conflict.concurrent';
      return decided.scopes.every((scope) => again.scopes.includes(scope)) ? undefined : 'scope.none_allowed';
    }), () => undefined);
    if (checked) {
      await this.write.record(stream, activityEvents.CredentialLendVoided({ lendId, agentId: order.agentId, reason: checked }), context);
      if (checked === 'conflict.concurrent' && attempts > 1) return this.lend(order, attempts - 1);
      throw toldOfLoan(order, checked);
    }
    this.shadow.compare(decided.decided, facts.question, context);
    const opened = await this.keep.open(lent, context);
    // A newer version took its place between record and opening, and the old one is gone from the vault.
    if (!opened) {
      // Nothing was handed out on this record: what a person confirmed is not used twice by trying again.
      await this.write.record(stream, activityEvents.CredentialLendVoided({ lendId, agentId: order.agentId, reason: 'conflict.concurrent' }), context);
      return attempts > 1 ? this.lend(order, attempts - 1) : this.refuse(order, { reason: 'conflict.concurrent' }, facts);
    }
    return { lendId, connection: of, credentialId: lent.credentialId, kind: lent.kind, ...opened, scopes: decided.scopes };
  }

  private async facts({ agentId, principal, connectionId, context }: LendOrder): Promise<AccessFacts> {
    return this.reader.gather({ tenant: context.tenant, agentId, principal, resourceId: connectionId });
  }

  /** Gives a loan all the same where only a person's word was lacking, and they have given it. */
  private async refuse(order: LendOrder, refused: NoLoan, facts: AccessFacts): Promise<Loan> {
    const decided = refused.decided && { ...refused.decided, fields: decidedFields(refused.decided, facts) };
    const held = await this.decisions.held(order, refused, facts);
    // What the record says is what the agent hears: why it would be refused even then, or that somebody is asked.
    const outcome = typeof held === 'object' ? await order.ask?.(held) : undefined;
    if (outcome?.is === 'approved') return this.lend({ ...order, scopes: (held as HeldLoan).scopes, approval: outcome.approval });
    if (decided) this.shadow.compare(decided, facts.question, order.context);
    const why = outcome?.is === 'refused' ? outcome.reason : typeof held === 'string' ? held : refused.reason;
    const told = toldOfLoan(order, why, refused.isStranger);
    const pending = outcome?.is === 'pending' ? outcome.pending : undefined;
    await this.refusals.record(order, { reason: why, error: told.error, ...(pending ? { error: 'authorization_pending', approvalId: pending.approvalId } : {}) }, { decided, facts });
    throw pending ?? told;
  }

  private event(order: LendOrder, facts: AccessFacts, given: { lendId: string; lent: KnownCredential; decided: AllowedLoan; scopes: readonly string[] }) {
    const { agentId, principal, actors, connectionId, purpose, grantType, call, jti: parentJti, vouchedBy } = order;
    const { lendId, lent, scopes, decided: { request, decision } } = given;
    const { epoch } = facts.grant.state as KnownGrant;
    const record = decisionRecord(request, decision, facts.relied);
    return activityEvents.CredentialLent({
      lendId, agentId, principal, actors, parentJti, connectionId, credentialId: lent.credentialId, secretId: lent.secretId, fingerprint: lent.fingerprint, purpose, ...callOf(call),
      grantId: facts.grantId, grantEpoch: epoch, grantType, scopes, denied: [...decision.denied, ...withheld(decision.scopes, scopes)], policyVersion: decision.policyVersion, ruleIds: decision.ruleIds,
      inputDigest: this.crypto.sha256(decisionInputs(record, grantType, request.scopes, facts.streams)), ...(lent.expiresAt === undefined ? {} : { expiresAt: lent.expiresAt }),
      ...vouchersOf({ vouchedBy }), ...(order.approval ? { approvalId: order.approval.approvalId } : {}), decision: record,
    });
  }
}

/** As it stands in the record: of an address only the route. */
const callOf = ({ method, origin, route }: NonNullable<LendOrder['call']> | Record<string, never> = {}) => ({
  ...(method === undefined ? {} : { method }), ...(origin === undefined ? {} : { origin }), ...(route === undefined ? {} : { route }),
});

/** Allowed, and beyond what the credential can do. */
const withheld = (allowed: readonly string[], lent: readonly string[]): readonly DeniedScope[] =>
  allowed.filter((scope) => !lent.includes(scope)).map((scope) => ({ scope, reason: BEYOND_CREDENTIAL }));
