import type { ConnectionScope, ConnectionSettings } from '../../domain/connection/connection.events.js';
import { projection } from '../projection.js';
import { flag, json, nullable, ordered, prose, table, text, texts, whole } from '../table.js';

export type ConnectionKind = 'authorization_code' | 'client_credentials' | 'api_key' | 'basic';

export const connectionsTable = table({
  name: 'connections',
  key: ['tenant', 'connectionId'],
  columns: {
    tenant: text(), connectionId: text(), name: text(), title: prose(), template: nullable(text()), kind: text<ConnectionKind>(), heldBy: text<'user' | 'tenant'>(),
    status: text<'active' | 'suspended' | 'removed'>(), epoch: whole(), scopes: json<readonly ConnectionScope[]>(), origins: texts(), shredded: flag(),
    definedAt: ordered(), position: ordered(),
  },
  indexes: [['tenant', 'position'], ['tenant', 'status', 'position']],
});

const kindOf = ({ oauth, apiKey }: Pick<ConnectionSettings, 'oauth' | 'apiKey'>): ConnectionKind => oauth?.grant ?? (apiKey?.placement === 'basic' ? 'basic' : 'api_key');

/** The services that agents can be lent access to. */
export const connections = projection({
  name: 'connections',
  version: 2,
  tables: [connectionsTable],
  on: {
    ConnectionDefined: ({ tenant, data, recordedAt, position }) => {
      const { connectionId, name, title, template = null, heldBy, scopes, origins } = data;
      return connectionsTable.put({ tenant, connectionId, name, title, template, kind: kindOf(data), heldBy, status: 'active', epoch: 0, scopes, origins, shredded: false, definedAt: recordedAt, position });
    },
    ConnectionChanged: ({ tenant, data }) => {
      const { connectionId, title, epoch, scopes, origins } = data;
      return connectionsTable.update({ tenant, connectionId }, { title, epoch, scopes, origins, kind: kindOf(data) });
    },
    ConnectionSuspended: ({ tenant, data: { connectionId } }) => connectionsTable.update({ tenant, connectionId }, { status: 'suspended' }),
    ConnectionResumed: ({ tenant, data: { connectionId } }) => connectionsTable.update({ tenant, connectionId }, { status: 'active' }),
    ConnectionRemoved: ({ tenant, data: { connectionId } }) => connectionsTable.update({ tenant, connectionId }, { status: 'removed' }),
    ConnectionShredded: ({ tenant, data: { connectionId } }) => connectionsTable.update({ tenant, connectionId }, { shredded: true }),
  },
});
