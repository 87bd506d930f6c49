import type { ResourceScope, ToolScopes } from '../../domain/resource/resource.events.js';
import { projection } from '../projection.js';
import { json, nullable, ordered, prose, table, text, texts, whole } from '../table.js';

export const resourcesTable = table({
  name: 'resources',
  key: ['tenant', 'resourceId'],
  columns: {
    tenant: text(), resourceId: text(), uri: text(), kind: text<'api' | 'mcp'>(), name: prose(), status: text<'active' | 'withdrawn'>(),
    scopes: json<readonly ResourceScope[]>(), defaultScopes: texts(), tools: json<readonly ToolScopes[]>(),
    tokenLifetime: whole(), signingAlgorithm: text<'ES256' | 'RS256'>(), withdrawnReason: nullable(text()),
    registeredAt: ordered(), position: ordered(),
  },
  indexes: [['tenant', 'position'], ['tenant', 'uri']],
});

/** The protected APIs and MCP servers, with their scopes and which tool needs which. */
export const resources = projection({
  name: 'resources',
  version: 1,
  tables: [resourcesTable],
  on: {
    ResourceRegistered: ({ tenant, data, recordedAt, position }) =>
      resourcesTable.put({ ...data, tenant, status: 'active', withdrawnReason: null, registeredAt: recordedAt, position }),
    ResourceScopesChanged: ({ tenant, data: { resourceId, scopes, defaultScopes } }) => resourcesTable.update({ tenant, resourceId }, { scopes, defaultScopes }),
    ResourceToolsMapped: ({ tenant, data: { resourceId, tools } }) => resourcesTable.update({ tenant, resourceId }, { tools }),
    ResourceWithdrawn: ({ tenant, data: { resourceId, reason } }) => resourcesTable.update({ tenant, resourceId }, { status: 'withdrawn', withdrawnReason: reason }),
  },
});
