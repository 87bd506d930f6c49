import { Injectable } from '@nestjs/common';
import type { Position } from '../../domain/kernel/event.js';
import { decideAccess } from '../../domain/policy/decide-access.js';
import type { Decision } from '../../domain/policy/decision.js';
import { decisionInputs, isDigested } from '../../domain/policy/decision-record.js';
import { Conditions } from '../../domain/ports/conditions.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { Ledger } from '../../domain/ports/ledger.js';
import { type DecisionRange, type WalkedPage, eachDecision } from './decision-pages.js';
import { pastRequest, pastStreams } from './past-requests.js';
import { PastStates } from './past-states.js';
import { PastUsage } from './past-usage.js';
import type { RecordedDecision } from './recorded-decision.js';

export interface Mismatch {
  readonly position: Position;
  readonly type: string;
  readonly agentId: string;
  /** What was recorded and what is decided now, of the members that differ. */
  readonly recorded: Readonly<Record<string, unknown>>;
  readonly decided: Readonly<Record<string, unknown>>;
}
export interface ReplayPage extends WalkedPage {
  readonly mismatches: readonly Mismatch[];
}

/**
 * Decides again what was decided, on what the ledger says that it was decided on, and compares. Any difference is an
 * error: the ledger was changed, or this version of Mandate decides otherwise than the one that recorded it.
 */
@Injectable()
export class ReplayDecisions {
  constructor(private readonly ledger: Ledger, private readonly usage: PastUsage, private readonly conditions: Conditions, private readonly crypto: Crypto) {}

  /** `states`: kept from page to page by whoever reads more than one. */
  async page(range: DecisionRange, states = new PastStates(this.ledger)): Promise<ReplayPage> {
    const sources = { states, usage: this.usage, conditions: this.conditions, crypto: this.crypto };
    const mismatches: Mismatch[] = [];
    const walked = await eachDecision(this.ledger, range, () => states.readOn(), async (recorded) => {
      const mismatch = compare(recorded, decideAccess(await pastRequest(recorded, sources)), digestOf(recorded, this.crypto));
      if (mismatch) mismatches.push(mismatch);
    });
    return { ...walked, mismatches };
  }
}

type Members = Readonly<Record<string, unknown>>;

/** Of what is recorded beside it; undefined where there is none to compare it with. */
const digestOf = (recorded: RecordedDecision, crypto: Crypto): string | undefined => {
  const { basis, grantType, asked, inputDigest } = recorded;
  return basis && inputDigest !== undefined && isDigested(basis) ? crypto.sha256(decisionInputs(basis, grantType, asked, pastStreams(recorded, crypto).map((stream) => JSON.stringify(stream)))) : undefined;
};

const compare = (recorded: RecordedDecision, decision: Decision, inputDigest: string | undefined): Mismatch | undefined => {
  const { position, type } = recorded.event;
  const ofInputs = inputDigest === undefined ? {} : { inputDigest };
  const [was, is]: [Members, Members] = [{ ...membersOf(recorded), ...(inputDigest === undefined ? {} : { inputDigest: recorded.inputDigest }) }, { ...membersNow(recorded, decision), ...ofInputs }];
  const differing = Object.keys(was).filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
  if (differing.length === 0) return undefined;
  const of = (all: Members) => Object.fromEntries(differing.map((name) => [name, all[name]]));
  return { position, type, agentId: recorded.agentId, recorded: of(was), decided: of(is) };
};

const sorted = (rules: Decision['unanswered']): readonly string[] => rules.map(({ ruleId, problem }) => `${ruleId}: ${problem}`).sort();

const membersOf = ({ given: scopes, denied, ruleIds, policyVersion, basis }: RecordedDecision): Members => {
  // Of what an earlier version recorded only what was given can be compared: it stood at the event's own place, and more may have there.
  if (!basis) return { scopes };
  return {
    reason: basis.reason ?? null, ...(scopes ? { scopes } : {}), denied, ruleIds, policyVersion: policyVersion ?? null, policyDigest: basis.policyDigest ?? null,
    obligations: basis.obligations ?? [], unanswered: sorted((basis.unanswered ?? []) as Decision['unanswered']),
  };
};

const membersNow = ({ given, basis }: RecordedDecision, decision: Decision): Members => {
  const scopes = decision.allowed ? decision.scopes : [];
  if (!basis) return { scopes: given?.filter((scope) => scopes.includes(scope)) };
  return {
    reason: decision.allowed ? null : decision.reason, scopes, denied: decision.denied, ruleIds: decision.ruleIds,
    policyVersion: decision.policyVersion ?? null, policyDigest: decision.policyDigest ?? null,
    obligations: decision.obligations.map(({ kind }) => kind), unanswered: sorted(decision.unanswered),
  };
};
