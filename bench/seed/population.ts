import { createHash, randomBytes } from 'node:crypto';
import { grantIdOf } from '../../src/commands/derived-ids.js';
import { agentEvents } from '../../src/domain/agent/agent.events.js';
import { canonicalMetadata } from '../../src/domain/agent/client-metadata.js';
import { grantEvents } from '../../src/domain/grant/grant.events.js';
import type { Principal } from '../../src/domain/grant/principal.js';
import type { DomainEvent } from '../../src/domain/kernel/event.js';
import type { Crypto } from '../../src/domain/ports/crypto.js';
import { CALLBACK, RESOURCE } from '../servers/server-ready.js';

export interface SeededGrant {
  readonly grantId: string;
  readonly principal: Principal;
  readonly resourceId: string;
}
export interface SeededFamily {
  readonly authorizationId: string;
  readonly grant: SeededGrant;
  generation: number;
}
export interface SeededAgent {
  readonly tenant: string;
  readonly kid: string;
  readonly agentId: string;
  readonly metadataDigest: string;
  readonly grants: SeededGrant[];
  /** Refresh families that live. */
  readonly families: SeededFamily[];
}

/** Events of the two agents whose histories are read. */
export const QUIET = 100;
export const BUSY = 20_000;

export const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
export const randomId = (prefix: string): string => prefix + randomBytes(16).toString('base64url');
/** A secret that can be told from the id alone, so that a seeded agent can be asked for tokens. */
export const secretOf = (agentId: string): string => `cs_${digest(agentId)}`;

const metadata = {
  redirectUris: [CALLBACK], grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'], tokenEndpointAuthMethod: 'client_secret_basic' as const, applicationType: 'web' as const,
};
export const scopes = RESOURCE.scopes;

export const newAgent = ({ tenant, kid }: Pick<SeededAgent, 'tenant' | 'kid'>): { agent: SeededAgent; registered: DomainEvent } => {
  const agentId = randomId('agt_');
  const name = `Agent ${agentId.slice(4, 10)}`;
  const metadataDigest = digest(canonicalMetadata({ name, metadata }));
  const registered = agentEvents.AgentRegistered({
    agentId, clientId: agentId, name, owner: { kind: 'team', id: 'team_seed' }, method: 'admin', metadata, metadataDigest, secretDigest: digest(secretOf(agentId)),
  });
  return { agent: { tenant, kid, agentId, metadataDigest, grants: [], families: [] }, registered };
};

export const newGrant = (crypto: Crypto, { tenant, agentId, metadataDigest }: SeededAgent, principal: Principal, resourceId: string): { grant: SeededGrant; given: DomainEvent } => {
  const grantId = grantIdOf(crypto, tenant, agentId, principal, resourceId);
  const given = grantEvents.GrantGiven({
    grantId, agentId, principal, resourceId, scopes, epoch: 0, via: principal.kind === 'user' ? 'consent' : 'admin', metadataDigest,
    ...(principal.kind === 'user' ? { consentDigest: digest(grantId) } : {}),
  });
  return { grant: { grantId, principal, resourceId }, given };
};
