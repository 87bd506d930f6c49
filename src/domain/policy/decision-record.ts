import * as f from '../kernel/fields.js';
import type { DataOf } from '../kernel/fields.js';
import type { AccessRequest } from './access-request.js';
import type { Decision } from './decision.js';

/** The decision function and what it does with rules. Counts up when the same inputs may be decided, or are digested, otherwise. */
const FUNCTION_VERSION = 2;
/** From this version on a digest can be made again from the event alone. */
const FIRST_DIGESTED = 2;

/**
 * How a decision stands in an event, beside its outcome: what is needed to gather the same inputs again from the ledger
 * alone and to decide again.
 */
export const decisionFields = {
  at: f.instant(),
  /** Why it was no; absent when it was yes, whatever the event says that else stood in the way. */
  reason: f.optional(f.word()),
  policyDigest: f.optional(f.digest()),
  /** Of the decision function, and of the engine that evaluates conditions. */
  engine: f.word(),
  /** How many events of each stream were seen: tenant, agent, target, grant, policy, then the user if there is one, then the agent's activity if rules look at it, then the trust rules if the grant rests on one. */
  relied: f.list(f.count()),
  grantEpoch: f.optional(f.count()), agreedAt: f.optional(f.instant()), attestedBy: f.optional(f.word()), tool: f.optional(f.word()),
  /** The grant rests on the word of another issuer, so the trust rules were looked at. */
  rested: f.optional(f.flag()),
  /** Consent was being asked for: no grant was looked at. */
  asking: f.optional(f.flag()),
  /** Obligations that were met, those that were not due yet, and those that are not met. */
  met: f.optional(f.list(f.word())), deferred: f.optional(f.list(f.word())), obligations: f.optional(f.list(f.word())),
  /** Rules whose condition had no answer, which counted against the request. */
  unanswered: f.optional(f.list(f.record({ ruleId: f.word(), problem: f.word() }))),
};
export type DecisionRecord = DataOf<typeof decisionFields>;
export const decisionField = () => f.optional(f.record(decisionFields));

const engineOf = ({ conditions }: AccessRequest): string => `${FUNCTION_VERSION}+${conditions.version}`;

export const isDigested = ({ engine }: { readonly engine: string }): boolean => Number.parseInt(engine, 10) >= FIRST_DIGESTED;

/**
 * What a decision was made on, as the text whose digest stands in the event: what was asked, when, on what else, and how
 * far each stream was seen. It is JSON; `streams` are the names of those that `relied` counts, as JSON already, for they
 * are the same each time.
 */
export const decisionInputs = (
  { at, relied, agreedAt, attestedBy, tool, met }: DecisionRecord, grantType: string, scopes: readonly string[], streams: readonly string[],
): string => {
  const asked = JSON.stringify([grantType, inOrder(scopes), at, agreedAt ?? 0, attestedBy ?? '', tool ?? '', met ?? []]);
  let inputs = `${asked.slice(0, -1)},[`;
  for (let n = 0; n < streams.length; n += 1) inputs += `${n === 0 ? '[' : ',['}${streams[n]},${relied[n] ?? null}]`;
  return `${inputs}]]`;
};

/** Sorted; itself where it is already, as nearly always. */
const inOrder = (words: readonly string[]): readonly string[] => (words.every((word, n) => n === 0 || words[n - 1]! <= word) ? words : [...words].sort());

/** `relied`: of the streams that were looked at, in their fixed order. */
export const decisionRecord = (request: AccessRequest, decision: Decision, relied: readonly { readonly revision: number }[]): DecisionRecord => {
  const { now, grant, grantEpoch, agreedAt, attestedBy, tool, met, deferred, trust } = request;
  const { policyDigest, obligations, unanswered } = decision;
  const record: { -readonly [K in keyof DecisionRecord]: DecisionRecord[K] } = { at: now, engine: engineOf(request), relied: relied.map(({ revision }) => revision + 1) };
  // One by one: of what may be missing nearly all is.
  if (!decision.allowed) record.reason = decision.reason;
  if (policyDigest !== undefined) record.policyDigest = policyDigest;
  // Where something was issued it is the epoch of the grant, which stands beside.
  if (grantEpoch !== undefined && !decision.allowed) record.grantEpoch = grantEpoch;
  if (agreedAt !== undefined) record.agreedAt = agreedAt;
  if (attestedBy !== undefined) record.attestedBy = attestedBy;
  if (tool !== undefined) record.tool = tool;
  if (trust) record.rested = true;
  if (grant === 'asking') record.asking = true;
  if (met && met.length > 0) record.met = met;
  if (deferred && deferred.length > 0) record.deferred = deferred;
  if (obligations.length > 0) record.obligations = obligations.map(({ kind }) => kind);
  if (unanswered.length > 0) record.unanswered = unanswered;
  return record;
};
