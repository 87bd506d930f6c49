import type { DataOf } from '../kernel/fields.js';
import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

/** Client metadata as RFC 7591 section 2 names it, reduced to what Mandate acts on. */
const clientMetadata = {
  redirectUris: f.list(f.uri()),
  grantTypes: f.list(f.word()),
  /** 'workload_token': it has no credential of its own; its platform vouches for it by a rule of the tenant (trust). */
  tokenEndpointAuthMethod: f.oneOf('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'workload_token'),
  /** Also acceptable, for clients that publish several (ChatGPT). */
  alternativeAuthMethods: f.optional(f.list(f.oneOf('none', 'private_key_jwt'))),
  jwksUri: f.optional(f.uri()),
  /** Public JWK Set, JSON text. */
  jwks: f.optional(f.document()),
  clientUri: f.optional(f.uri()),
  logoUri: f.optional(f.uri()),
  applicationType: f.oneOf('native', 'web'),
  scope: f.optional(f.list(f.word())),
};
export type ClientMetadata = DataOf<typeof clientMetadata>;

/** The accountable person or team; never empty. What registers itself belongs to the tenant's administrators until somebody claims it. */
const owner = { kind: f.oneOf('user', 'team'), id: f.id() };
export type Owner = DataOf<typeof owner>;

/** 200 characters (metadata-members.ts), each of which may take two units of UTF-16; or made from a host name, which has at most 253. */
const name = f.text('none', 400);

export const agentEvents = {
  AgentRegistered: eventType('AgentRegistered', 'An agent entered the directory; it is the OAuth client with this client_id.', {
    agentId: f.id(), clientId: f.uri(), name, owner: f.record(owner),
    method: f.oneOf('admin', 'dynamic', 'metadata_document', 'workload'),
    /** The rule of the tenant that brought it here. */
    trustRuleId: f.optional(f.id()),
    metadata: f.record(clientMetadata), metadataDigest: f.digest(),
    secretDigest: f.optional(f.digest()), leaseUntil: f.optional(f.instant()),
  }),
  AgentMetadataChanged: eventType('AgentMetadataChanged', 'The agent\'s client metadata changed; consent given to the old one does not carry over.', {
    agentId: f.id(), name, metadata: f.record(clientMetadata), metadataDigest: f.digest(),
  }),
  AgentSecretRotated: eventType('AgentSecretRotated', 'A new client secret holds; the old one works until the overlap ends.', {
    agentId: f.id(), secretDigest: f.digest(), previousUntil: f.instant(),
  }),
  AgentOwnerChanged: eventType('AgentOwnerChanged', 'Another person or team is accountable.', { agentId: f.id(), owner: f.record(owner) }),
  AgentTagsChanged: eventType('AgentTagsChanged', 'Administrators\' words for the agent changed; policies decide by them.', { agentId: f.id(), tags: f.list(f.word()) }),
  AgentSuspended: eventType('AgentSuspended', 'The agent gets nothing until it is resumed.', { agentId: f.id(), reason: f.text('none', 500) }),
  AgentResumed: eventType('AgentResumed', 'The agent may act again.', { agentId: f.id() }),
  AgentLeaseRenewed: eventType('AgentLeaseRenewed', 'The owner confirmed that the agent is still wanted.', { agentId: f.id(), leaseUntil: f.instant() }),
  AgentLeaseExpired: eventType('AgentLeaseExpired', 'Nobody renewed the agent in time; it gets nothing.', { agentId: f.id() }),
  AgentRetired: eventType('AgentRetired', 'The agent is gone for good; its id is never given again.', { agentId: f.id(), reason: f.text('none', 500) }),
} as const;
export type AgentEvent = EventsOf<typeof agentEvents>;
