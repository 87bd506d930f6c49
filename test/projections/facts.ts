import { randomUUID } from 'node:crypto';
import { activityEvents } from '../../src/domain/activity/activity.events.js';
import { agentEvents } from '../../src/domain/agent/agent.events.js';
import { grantEvents } from '../../src/domain/grant/grant.events.js';
import { eventTypeNamed } from '../../src/domain/kernel/catalogue.js';
import { type DomainEvent, SYSTEM } from '../../src/domain/kernel/event.js';
import { streams } from '../../src/domain/kernel/ids.js';
import type { Ledger } from '../../src/domain/ports/ledger.js';

export const TENANT = 'tnt_a';
export const OTHER = 'tnt_b';

/** A fact that stands in its stream. */
export interface Fact {
  readonly stream: string;
  readonly event: DomainEvent;
}

/** Appends the facts in this order; gives their event ids. */
export const record = async (ledger: Ledger, facts: readonly Fact[], tenant = TENANT): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (const { stream, event } of facts) {
    const id = randomUUID();
    ids.push(id);
    await ledger.append(stream, 'any', [{ id, ...event, version: eventTypeNamed(event.type).version, tenant, actor: SYSTEM, correlationId: 'spec', causationId: 'spec' }]);
  }
  return ids;
};

export const METADATA = {
  redirectUris: ['https://app.example/callback', 'https://app.example/other', 'http://127.0.0.1/cb', 'com.example.app:/cb'],
  grantTypes: ['authorization_code', 'refresh_token'], tokenEndpointAuthMethod: 'none', applicationType: 'native', clientUri: 'https://app.example',
} as const;

const agent = (agentId: string, event: DomainEvent): Fact => ({ stream: streams.agent(agentId), event });
export const registered = (agentId: string, name = 'Scribe', more: { leaseUntil?: number } = {}): Fact =>
  agent(agentId, agentEvents.AgentRegistered({
    agentId, clientId: agentId, name, owner: { kind: 'user', id: 'usr_ana' }, method: 'admin', metadata: METADATA, metadataDigest: 'digest', ...more,
  }));
export const suspended = (agentId: string): Fact => agent(agentId, agentEvents.AgentSuspended({ agentId, reason: 'odd behaviour' }));
export const renamed = (agentId: string, name: string): Fact =>
  agent(agentId, agentEvents.AgentMetadataChanged({ agentId, name, metadata: { ...METADATA, redirectUris: ['https://new.example/cb'] }, metadataDigest: 'digest2' }));

export const given = (grantId: string, agentId: string, more: { resourceId?: string; epoch?: number; expiresAt?: number } = {}): Fact => ({
  stream: streams.grant(grantId),
  event: grantEvents.GrantGiven({
    grantId, agentId, principal: { kind: 'user', id: 'usr_ana' }, resourceId: 'res_notes', scopes: ['read', 'write'], epoch: 0, via: 'consent', metadataDigest: 'digest', ...more,
  }),
});

const did = (agentId: string, event: DomainEvent): Fact => ({ stream: streams.activity(agentId), event });
export const issued = (agentId: string, jti: string, grantId = 'gnt_1'): Fact =>
  did(agentId, activityEvents.TokenIssued({
    jti, agentId, principal: { kind: 'user', id: 'usr_ana' }, resourceId: 'res_notes', grantId, grantEpoch: 0, grantType: 'authorization_code',
    scopes: ['read'], denied: [], policyVersion: 1, ruleIds: ['all'], inputDigest: 'digest', kid: 'key_1', expiresAt: 2_000_000_000,
  }));
export const refused = (agentId: string, reason = 'policy.denied'): Fact =>
  did(agentId, activityEvents.TokenRefused({ agentId, grantType: 'client_credentials', error: 'access_denied', reason, resourceId: 'res_notes', scopes: ['write'] }));
export const voided = (agentId: string, jti: string): Fact => did(agentId, activityEvents.TokenVoided({ jti, agentId, reason: 'agent.suspended' }));
