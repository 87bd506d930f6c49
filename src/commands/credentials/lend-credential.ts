import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import type { Credential, KnownCredential } from '../../domain/credential/credential.decider.js';
import { credential } from '../../domain/credential/credential.decider.js';
import type { Holder } from '../../domain/credential/credential.events.js';
import type { KnownGrant } from '../../domain/grant/grant.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import type { ObligationKind } from '../../domain/policy/access-request.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import type { AllowedDecision, DeniedScope } from '../../domain/policy/decision.js';
import { decisionInputs, decisionRecord } from '../../domain/policy/decision-record.js';
import { Clock } from '../../domain/ports/clock.js';
import { CredentialVault, VaultIntegrityError } from '../../domain/ports/credential-vault.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type AccessFacts, AccessFactsReader } from '../access-facts.js';
import { Reliance } from '../admission.js';
import { heldUp } from '../approvals/held-up.js';
import { AS_IF_APPROVED } from '../approvals/spend-approval.js';
import type { CommandContext } from '../command-context.js';
import { type Decided, decidedFields } from '../decided-fields.js';
import type { LiveEntry } from '../live-entry.js';
import { ShadowDecisions } from '../policies/shadow-decisions.js';
import { RepeatedRefusals } from '../repeated-refusals.js';
import { vouchersOf } from '../tokens/token-order.js';
import { metBy } from '../../domain/user/authentication.js';
import { Write } from '../write.js';
import { KeepCredential } from './keep-credential.js';
import { BEYOND_CREDENTIAL, type HeldLoan, type LendOrder, type Loan } from './lend-order.js';
import { LendRefused, lendToldAs } from './lend-refused.js';
import { ReadyCredential, problemOf, scopesOf } from './ready-credential.js';

/** `isStranger`: it was never let use the connection, and is not told whether there is one. */
type Refused = { readonly reason: RefusalCode; readonly decided?: Decided; readonly isStranger?: boolean };
type Allowed = Decided<AllowedDecision>;
const MOST_ATTEMPTS = 3;
const HIDDEN: readonly RefusalCode[] = ['connection.unknown', 'connection.suspended', 'connection.removed', 'grant.unknown', 'grant.revoked', 'grant.expired'];

/**
 * Access to a service, for one agent and now: decided by the function that decides on tokens, recorded before the secret
 * is opened, and opened only when what the decision relied on still held at the record's own place in the log.
 */
@Injectable()
export class LendCredential {
  private readonly repeated = new RepeatedRefusals();

  constructor(
    private readonly write: Write,
    private readonly reader: AccessFactsReader,
    private readonly keep: KeepCredential,
    private readonly ready: ReadyCredential,
    private readonly vault: CredentialVault,
    private readonly crypto: Crypto,
    private readonly clock: Clock,
    private readonly shadow: ShadowDecisions,
  ) {}

  /** Throws LendRefused after the refusal is recorded; LedgerUnavailable or VaultUnavailable when nothing can be lent. */
  async lend(order: LendOrder, attempts = MOST_ATTEMPTS): Promise<Loan> {
    const facts = await this.facts(order);
    // Nothing is asked of the service, and nothing is opened, for who may not have it.
    const first = this.decide(order, facts);
    if ('reason' in first) {
      if (attempts > 1 && (await this.reader.catchUp())) return this.lend(order, attempts - 1);
      return this.refuse(order, first, facts);
    }
    const of = facts.connection!.state as KnownConnection;
    const held = await this.keep.entry(order.context.tenant, this.keep.idOf(order.context.tenant, of.connectionId, holderOf(of, order)));
    const unready = await this.ready.make(of, held, order.context).then(() => undefined, (error: unknown) => error);
    if (unready instanceof Refusal) {
      // Decided again: the service was waited for, and what is recorded stands beside what it was decided on.
      const now = this.decide(order, facts);
      return this.refuse(order, 'reason' in now ? now : { reason: unready.code, decided: now }, facts);
    }
    if (unready) throw unready;
    return this.admit(order, attempts);
  }

  private async admit(order: LendOrder, attempts: number): Promise<Loan> {
    const { context } = order;
    const facts = await this.facts(order);
    const known = facts.connection!.state as KnownConnection;
    const held = await this.keep.entry(context.tenant, this.keep.idOf(context.tenant, known.connectionId, holderOf(known, order)));
    // From here to the append nothing is awaited: the revisions are those that were decided on.
    const decided = this.decideOn(order, facts, held.state);
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
      const again = this.decideOn(order, facts, held.state, position);
      if ('reason' in again) return again.reason;
      // Another version is there by now: it is lent under a record of its own, or not at all.
      if ((held.state as KnownCredential).secretId !== lent.secretId) return 'conflict.concurrent';
      return decided.scopes.every((scope) => again.scopes.includes(scope)) ? undefined : 'scope.none_allowed';
    }), () => undefined);
    if (checked) {
      await this.write.record(stream, activityEvents.CredentialLendVoided({ lendId, agentId: order.agentId, reason: checked }), context);
      if (checked === 'conflict.concurrent' && attempts > 1) return this.lend(order, attempts - 1);
      throw this.told(order, checked);
    }
    this.shadow.compare(decided.decided, facts.question, context);
    const secret = await this.open(lent, context);
    // A newer version took its place between record and opening, and the old one is gone from the vault.
    if (secret === undefined) {
      // Nothing was handed out on this record: what a person confirmed is not used twice by trying again.
      await this.write.record(stream, activityEvents.CredentialLendVoided({ lendId, agentId: order.agentId, reason: 'conflict.concurrent' }), context);
      return attempts > 1 ? this.lend(order, attempts - 1) : this.refuse(order, { reason: 'conflict.concurrent' }, facts);
    }
    const expiresIn = lent.expiresAt === undefined ? undefined : Math.max(0, lent.expiresAt - this.clock.seconds());
    return { lendId, connection: of, credentialId: lent.credentialId, kind: lent.kind, secret, scopes: decided.scopes, expiresIn };
  }

  private async facts({ agentId, principal, connectionId, context }: LendOrder): Promise<AccessFacts> {
    return this.reader.gather({ tenant: context.tenant, agentId, principal, resourceId: connectionId });
  }

  private decide(order: LendOrder, facts: AccessFacts, before?: Position): Allowed | Refused {
    const granted = this.reader.granted(facts);
    // Always in the same order: whoever decides again from the record, which has the outcome, then asks alike.
    const scopes = [...(order.scopes ?? granted)].sort();
    const request = this.reader.request(facts, { grantType: order.grantType, scopes, grantEpoch: undefined, agreedAt: order.agreedAt, met: metOf(order), attestedBy: order.attestedBy }, before);
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
  private decideOn(order: LendOrder, facts: AccessFacts, held: Credential, before?: Position): { readonly decided: Allowed; readonly scopes: readonly string[] } | Refused {
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

  private async open({ connectionId, credentialId, secretId }: KnownCredential, context: CommandContext): Promise<string | undefined> {
    try {
      return await this.vault.open({ tenant: context.tenant, connectionId, credentialId, secretId, part: 'access' });
    } catch (error) {
      if (error instanceof VaultIntegrityError) await this.write.to(credential, streams.credential(credentialId), { type: 'DistrustCredential', secretId }, context);
      throw error;
    }
  }

  /** What is kept back by a person's word alone. What would be refused even then nobody is asked about: then why it would be, or undefined. */
  private async held(order: LendOrder, { reason, decided }: Refused, facts: AccessFacts): Promise<HeldLoan | RefusalCode | undefined> {
    if (order.approval || reason !== 'policy.approval_required' || !decided) return undefined;
    const scopes = heldUp(decided.decision, { exact: order.scopes !== undefined, named: false });
    if (!scopes) return undefined;
    const approved = { ...order, scopes, approval: AS_IF_APPROVED };
    const of = facts.connection!.state as KnownConnection;
    const { state } = await this.keep.entry(order.context.tenant, this.keep.idOf(order.context.tenant, of.connectionId, holderOf(of, order)));
    // What the tenant holds may be fetched when it is needed; what a person has not given yet can't be.
    const isFetched = of.heldBy === 'tenant' && problemOf(of, state) !== undefined;
    const outcome = isFetched ? this.decide(approved, facts) : this.decideOn(approved, facts, state);
    return 'reason' in outcome ? outcome.reason : { scopes, ruleIds: decided.decision.ruleIds };
  }

  /** Gives a loan all the same where only a person's word was lacking, and they have given it. */
  private async refuse(order: LendOrder, refused: Refused, facts: AccessFacts): Promise<Loan> {
    const decided = refused.decided && { ...refused.decided, fields: decidedFields(refused.decided, facts) };
    const held = await this.held(order, refused, facts);
    // What the record says is what the agent hears: why it would be refused even then, or that somebody is asked.
    const outcome = typeof held === 'object' ? await order.ask?.(held) : undefined;
    if (outcome?.is === 'approved') return this.lend({ ...order, scopes: (held as HeldLoan).scopes, approval: outcome.approval });
    if (decided) this.shadow.compare(decided, facts.question, order.context);
    const why = outcome?.is === 'refused' ? outcome.reason : typeof held === 'string' ? held : refused.reason;
    const told = this.told(order, refused.isStranger === true && HIDDEN.includes(why) ? 'connection.unknown' : why);
    const pending = outcome?.is === 'pending' ? outcome.pending : undefined;
    await this.recordRefused(order, { reason: why, error: told.error, ...(pending ? { error: 'authorization_pending', approvalId: pending.approvalId } : {}) }, { decided, facts });
    throw pending ?? told;
  }

  private async recordRefused(order: LendOrder, why: { readonly reason: RefusalCode; readonly error: string; readonly approvalId?: string }, { decided, facts }: { decided: Decided | undefined; facts: AccessFacts }): Promise<void> {
    const { agentId, principal, connectionId, purpose, call, grantType, jti: parentJti, context } = order;
    // Names that nobody defined are the agent's to make up: all of them are one.
    const about = why.reason === 'connection.unknown' ? '' : connectionId;
    if (!this.repeated.isFirst([context.tenant, agentId, principal.id, about, why.reason, why.approvalId ?? ''], this.clock.now())) return;
    const scopes = decided?.request.scopes ?? (order.scopes && this.reader.recordable(facts, order.scopes));
    await this.write.record(streams.activity(agentId), activityEvents.CredentialLendRefused({
      ...(scopes ? { scopes } : {}), ...(decided ? decidedFields(decided, facts) : {}), ...why, ...vouchersOf(order),
      agentId, principal, parentJti, connectionId, purpose, grantType, ...(call ? { method: call.method } : {}),
    }), context);
  }

  private told({ issuer, connectionName, agentId, principal, scopes, purpose }: LendOrder, reason: RefusalCode): LendRefused {
    const { error, message, connects } = lendToldAs(reason, { hasPerson: principal.kind === 'user', purpose });
    if (!connects) return new LendRefused(error, message, reason);
    const query = new URLSearchParams({ agent: agentId, ...(scopes ? { scope: scopes.join(' ') } : {}) });
    return new LendRefused(error, message, reason, `${issuer}/connections/${encodeURIComponent(connectionName)}/connect?${query.toString()}`);
  }

  private event(order: LendOrder, facts: AccessFacts, given: { lendId: string; lent: KnownCredential; decided: Allowed; scopes: readonly string[] }) {
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

const metOf = ({ methods, approval }: LendOrder): readonly ObligationKind[] => (approval ? [...metBy(methods), 'approval'] : metBy(methods));

const holderOf = ({ heldBy }: KnownConnection, { principal, context }: LendOrder): Holder =>
  heldBy === 'user' ? { kind: 'user', id: principal.id } : { kind: 'tenant', id: context.tenant };

/** Allowed, and beyond what the credential can do. */
const withheld = (allowed: readonly string[], lent: readonly string[]): readonly DeniedScope[] =>
  allowed.filter((scope) => !lent.includes(scope)).map((scope) => ({ scope, reason: BEYOND_CREDENTIAL }));

/** Why some of the scopes that are needed can't be had: an obligation says more than that they are denied. */
const lackOf = ({ obligations: [first] }: AllowedDecision): RefusalCode => (first ? `policy.${first.kind}_required` : 'scope.none_allowed');
