import type { DataOf } from '../kernel/fields.js';
import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

/** `claim` is a name, or a JSON Pointer (RFC 6901) to one inside another. Exact values are JSON texts, so 1 is not "1". */
const claimRule = { claim: f.word(), match: f.oneOf('exact', 'segments'), values: f.list(f.text('none', 500)) };
const keys = {
  source: f.oneOf('discovery', 'jwks_uri', 'inline'), jwksUri: f.optional(f.uri()),
  /** Public JWK Set, JSON text. */
  jwks: f.optional(f.document()),
};
const given = { resourceId: f.id(), scopes: f.list(f.word()) };
const template = {
  name: f.text('none', 200), owner: f.record({ kind: f.oneOf('user', 'team'), id: f.id() }), tags: f.list(f.word()), grantTypes: f.list(f.word()),
  /** What each agent is granted when it comes to be, and never again: what was taken away since stays away. */
  grants: f.list(f.record(given)),
  /** Claims that tell one workload from another: another value is another agent. */
  identifiedBy: f.list(f.word()), leaseSeconds: f.optional(f.count()),
};

const rule = {
  ruleId: f.id(), name: f.text('none', 200),
  /** 'workload': an agent proves itself. 'users': an identity provider lets agents act for people (ID-JAG). */
  purpose: f.oneOf('workload', 'users'),
  /** What policies call it: attested_by. */
  platform: f.word(),
  issuer: f.uri(), audience: f.uri(), keys: f.record(keys), claims: f.list(f.record(claimRule)),
  agentId: f.optional(f.id()), template: f.optional(f.record(template)),
  /** Whether a token counts once. What is read from a file again and again until it runs out can't. */
  singleUse: f.flag(), expiresAt: f.optional(f.instant()),
};
export type ClaimRule = DataOf<typeof claimRule>;
export type KeySource = DataOf<typeof keys>;
export type AgentTemplate = DataOf<typeof template>;
export type TrustRule = DataOf<typeof rule>;

export const trustEvents = {
  TrustRuleAdded: eventType('TrustRuleAdded', 'Tokens of another issuer that fit the rule prove who an agent is, or for whom it acts.', rule),
  TrustRuleRemoved: eventType('TrustRuleRemoved', 'The rule holds no more, and neither does what was issued on it.', { ruleId: f.id(), reason: f.text('none', 500) }),
} as const;
export type TrustEvent = EventsOf<typeof trustEvents>;
