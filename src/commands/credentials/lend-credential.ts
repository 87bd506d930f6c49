import { Injectable } from '@nestjs/common';
import { activityEvents } from '../../domain/activity/activity.events.js';
import type { KnownConnection } from '../../domain/connection/connection.decider.js';
import type { Credential, KnownCredential } from '../../domain/credential/credential.decider.js';
import { credential } from '../../domain/credential/credential.decider.js';
import type { Holder } from '../../domain/credential/credential.events.js';
import type { KnownGrant } from '../../domain/grant/grant.decider.js';
import type { Principal } from '../../domain/grant/principal.js';
import type { Position } from '../../domain/kernel/event.js';
import { ID_PREFIX, streams } from '../../domain/kernel/ids.js';
import { Refusal, type RefusalCode } from '../../domain/kernel/refusal.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import type { AllowedDecision, DeniedScope } from '../../domain/policy/decision.js';
import { decisionRecord } from '../../domain/policy/decision-record.js';
import { Clock } from '../../domain/ports/clock.js';
import { CredentialVault, VaultIntegrityError } from '../../domain/ports/credential-vault.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type AccessFacts, AccessFactsReader } from '../access-facts.js';
import { Reliance } from '../admission.js';
import type { CommandContext } from '../command-context.js';
import { type Decided, decidedFields } from '../decided-fields.js';
import type { LiveEntry } from '../live-entry.js';
import { RepeatedRefusals } from '../repeated-refusals.js';
import type { Standing } from '../tokens/token-standings.js';
import { Write } from '../write.js';
import { KeepCredential } from './keep-credential.js';
import { LendRefused, lendToldAs } from './lend-refused.js';
import { ReadyCredential, problemOf, scopesOf } from './ready-credential.js';

export interface LendOrder {
  /** Of the tenant: where the page stands on which a person connects. */
  readonly issuer: string;
  readonly connectionId: string;
  /** As the agent named it. */
  readonly connectionName: string;
  readonly agentId: string;
  readonly principal: Principal;
  /** Who acts, the one at work first (RFC 8693 section 4.1). */
  readonly actors: readonly string[];
  /** As the decision is to see it: how the agent came to what it asks with. */
  readonly grantType: string;
  /** Undefined: what is granted. */
  readonly scopes: readonly string[] | undefined;
  /** 'exchange': the agent gets the secret. 'forward': the hub makes one call, and the agent never sees it. */
  readonly purpose: 'exchange' | 'forward';
  readonly call?: { readonly method: string; readonly origin?: string; readonly route?: string };
  /** What else is against it. Told to who may use the connection, and to nobody else: the others learn nothing of it. */
  readonly objection?: RefusalCode;
  /** Of the token that is asked with: it has to hold still where the loan stands in the log. */
  readonly standing: Pick<Standing, 'relied' | 'problem'>;
  /** When the person signed in for it. */
  readonly agreedAt?: number | undefined;
  readonly context: CommandContext;
}
export interface Loan {
  readonly lendId: string;
  readonly connection: KnownConnection;
  readonly credentialId: string;
  readonly kind: KnownCredential['kind'];
  /** For the call, or for the agent, and for nobody else. */
  readonly secret: string;
  readonly scopes: readonly string[];
  /** Seconds that are left of it; undefined when it has no end. */
  readonly expiresIn: number | undefined;
}
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
  ) {}

  /** Throws LendRefused after the refusal is recorded; LedgerUnavailable or VaultUnavailable when nothing can be lent. */
  async lend(order: LendOrder, attempts = MOST_ATTEMPTS): Promise<Loan> {
    const facts = await this.facts(order);
    // Nothing is asked of the service, and nothing is opened, for who may not have it.
    const first = this.decide(order, facts);
    if ('reason' in first) return this.refuse(order, first, facts);
    const of = facts.connection!.state as KnownConnection;
    const held = await this.keep.entry(order.context.tenant, this.keep.idOf(order.context.tenant, of.connectionId, holderOf(of, order)));
    const unready = await this.ready.make(of, held, order.context).then(() => undefined, (error: unknown) => error);
    if (unready instanceof Refusal) return this.refuse(order, { reason: unready.code, decided: first }, facts);
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
    const ended = order.standing.problem();
    if (ended) return this.refuse(order, { reason: ended }, facts);
    const of = facts.connection!.state as KnownConnection;
    const lent = held.state as KnownCredential;
    const lendId = this.crypto.randomId(ID_PREFIX.lend);
    const reliance = new Reliance([...facts.relied, held as LiveEntry, ...order.standing.relied]);
    const event = this.event(order, facts, { lendId, lent, decided: decided.decided, scopes: decided.scopes, reliance });
    const stream = streams.activity(order.agentId);
    const { checked } = await this.write.admit(stream, event, context, reliance.entries, (position) => reliance.problemAt(position, () => {
      const endedSince = order.standing.problem();
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
    const secret = await this.open(lent, context);
    // A newer version took its place between record and opening, and the old one is gone from the vault.
    if (secret === undefined) return attempts > 1 ? this.lend(order, attempts - 1) : this.refuse(order, { reason: 'conflict.concurrent' }, facts);
    const expiresIn = lent.expiresAt === undefined ? undefined : Math.max(0, lent.expiresAt - this.clock.seconds());
    return { lendId, connection: of, credentialId: lent.credentialId, kind: lent.kind, secret, scopes: decided.scopes, expiresIn };
  }

  private async facts({ agentId, principal, connectionId, context }: LendOrder): Promise<AccessFacts> {
    return this.reader.gather({ tenant: context.tenant, agentId, principal, resourceId: connectionId });
  }

  private decide(order: LendOrder, facts: AccessFacts, before?: Position): Allowed | Refused {
    const granted = facts.grant.state.status === 'none' ? [] : facts.grant.state.scopes;
    const request = this.reader.request(facts, { grantType: order.grantType, scopes: order.scopes ?? granted, grantEpoch: undefined, agreedAt: order.agreedAt }, before);
    const decision = decideAccess(request);
    if (!decision.allowed) return { reason: decision.reason, decided: { request, decision }, isStranger: facts.grant.state.status !== 'active' };
    const of = facts.connection!.state as KnownConnection;
    const decided = { request, decision };
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
    if (scopes.length === 0 || (order.scopes && scopes.length < allowed.length)) return { reason: 'credential.scope_missing', decided };
    // What is handed over can do all that it can do, whatever was asked for (VA-15).
    if (order.purpose === 'exchange' && there.some((scope) => !allowed.includes(scope))) return { reason: 'credential.too_broad', decided };
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

  private async refuse(order: LendOrder, { reason, decided, isStranger }: Refused, facts: AccessFacts): Promise<never> {
    const { agentId, principal, connectionId, purpose, call, context } = order;
    const told = this.told(order, isStranger === true && HIDDEN.includes(reason) ? 'connection.unknown' : reason);
    if (this.repeated.isFirst([context.tenant, agentId, principal.id, connectionId, reason], this.clock.now())) {
      await this.write.record(streams.activity(agentId), activityEvents.CredentialLendRefused({
        ...(order.scopes ? { scopes: order.scopes } : {}), ...(decided ? decidedFields(decided, facts) : {}),
        agentId, principal, connectionId, purpose, error: told.error, reason, ...(call ? { method: call.method } : {}),
      }), context);
    }
    throw told;
  }

  private told({ issuer, connectionName, agentId, principal, scopes }: LendOrder, reason: RefusalCode): LendRefused {
    const { error, message, connects } = lendToldAs(reason, principal.kind === 'user');
    if (!connects) return new LendRefused(error, message, reason);
    const query = new URLSearchParams({ agent: agentId, ...(scopes ? { scope: scopes.join(' ') } : {}) });
    return new LendRefused(error, message, reason, `${issuer}/connections/${connectionName}/connect?${query.toString()}`);
  }

  private event(order: LendOrder, facts: AccessFacts, given: { lendId: string; lent: KnownCredential; decided: Allowed; scopes: readonly string[]; reliance: Reliance }) {
    const { agentId, principal, actors, connectionId, purpose, grantType, call } = order;
    const { lendId, lent, scopes, decided: { request, decision } } = given;
    const { epoch } = facts.grant.state as KnownGrant;
    return activityEvents.CredentialLent({
      lendId, agentId, principal, actors, connectionId, credentialId: lent.credentialId, secretId: lent.secretId, fingerprint: lent.fingerprint, purpose, ...call,
      grantId: facts.grantId, grantEpoch: epoch, grantType, scopes, denied: [...decision.denied, ...withheld(decision.scopes, scopes)], policyVersion: decision.policyVersion, ruleIds: decision.ruleIds,
      inputDigest: this.crypto.sha256(JSON.stringify([grantType, order.scopes ?? null, given.reliance.inputs])), ...(lent.expiresAt === undefined ? {} : { expiresAt: lent.expiresAt }),
      decision: decisionRecord(request, decision, facts.relied),
    });
  }
}

const holderOf = ({ heldBy }: KnownConnection, { principal, context }: LendOrder): Holder =>
  heldBy === 'user' ? { kind: 'user', id: principal.id } : { kind: 'tenant', id: context.tenant };

/** Allowed, and beyond what the credential can do. */
const withheld = (allowed: readonly string[], lent: readonly string[]): readonly DeniedScope[] =>
  allowed.filter((scope) => !lent.includes(scope)).map((scope) => ({ scope, reason: 'credential.scope_missing' }));
