import type { agentEvents } from '../../domain/agent/agent.events.js';
import { projection } from '../projection.js';
import { nullable, ordered, prose, table, text, texts, whole } from '../table.js';

type Registered = ReturnType<typeof agentEvents.AgentRegistered>['data'];
export type AgentMethod = Registered['method'];
type Metadata = Registered['metadata'];

export const agentsTable = table({
  name: 'agent_directory',
  key: ['tenant', 'agentId'],
  columns: {
    tenant: text(), agentId: text(), clientId: text(), name: prose(),
    ownerKind: text<'user' | 'team'>(), ownerId: text(), method: text<AgentMethod>(),
    /** As recorded; a lease that has run out since makes an active agent an expired one. */
    status: text<'active' | 'suspended' | 'retired' | 'expired'>(), leaseUntil: nullable(whole()),
    authMethod: text<Metadata['tokenEndpointAuthMethod']>(), grantTypes: texts(), redirectHosts: texts(), clientUri: nullable(text()),
    registeredAt: ordered(), position: ordered(),
  },
  indexes: [['tenant', 'position'], ['tenant', 'clientId'], ['tenant', 'ownerId']],
});

/** The agents of a tenant: who answers for them, how they identify themselves, where they send people back to. */
export const agentDirectory = projection({
  name: 'agent-directory',
  version: 1,
  tables: [agentsTable],
  on: {
    AgentRegistered: ({ tenant, data, recordedAt, position }) =>
      agentsTable.put({
        tenant, agentId: data.agentId, clientId: data.clientId, name: data.name, ownerKind: data.owner.kind, ownerId: data.owner.id,
        method: data.method, status: 'active', leaseUntil: data.leaseUntil ?? null, ...fromMetadata(data.metadata), registeredAt: recordedAt, position,
      }),
    AgentMetadataChanged: ({ tenant, data: { agentId, name, metadata } }) => agentsTable.update({ tenant, agentId }, { name, ...fromMetadata(metadata) }),
    AgentOwnerChanged: ({ tenant, data: { agentId, owner } }) => agentsTable.update({ tenant, agentId }, { ownerKind: owner.kind, ownerId: owner.id }),
    AgentSuspended: ({ tenant, data: { agentId } }) => agentsTable.update({ tenant, agentId }, { status: 'suspended' }),
    AgentResumed: ({ tenant, data: { agentId } }) => agentsTable.update({ tenant, agentId }, { status: 'active' }),
    AgentLeaseRenewed: ({ tenant, data: { agentId, leaseUntil } }) =>
      agentsTable.update({ tenant, agentId }, ({ status }) => ({ leaseUntil, status: status === 'expired' ? 'active' : status })),
    AgentLeaseExpired: ({ tenant, data: { agentId } }) => agentsTable.update({ tenant, agentId }, { status: 'expired' }),
    AgentRetired: ({ tenant, data: { agentId } }) => agentsTable.update({ tenant, agentId }, { status: 'retired' }),
  },
});

const fromMetadata = ({ redirectUris, tokenEndpointAuthMethod, grantTypes, clientUri }: Metadata) => ({
  authMethod: tokenEndpointAuthMethod, grantTypes, redirectHosts: [...new Set(redirectUris.map(hostOf))], clientUri: clientUri ?? null,
});

/** What a person would recognise of a redirect URI: its host, or of an app's own scheme (RFC 8252 section 7.1) the scheme. */
const hostOf = (uri: string): string => {
  const { host, protocol } = new URL(uri);
  return host === '' ? protocol : host;
};
