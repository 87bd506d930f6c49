import { projection } from '../projection.js';
import { nullable, ordered, table, text, texts } from '../table.js';

export const usersTable = table({
  name: 'users',
  key: ['tenant', 'userId'],
  columns: {
    tenant: text(), userId: text(), roles: texts(), status: text<'active' | 'disabled'>(), registeredAt: ordered(), lastSignedInAt: nullable(ordered()), position: ordered(),
  },
  indexes: [['tenant', 'position']],
});

/** The people of a tenant. Nothing personal is here, not even sealed. */
export const users = projection({
  name: 'users',
  version: 2,
  tables: [usersTable],
  on: {
    UserRegistered: ({ tenant, data: { userId, roles }, recordedAt, position }) =>
      usersTable.put({ tenant, userId, roles, status: 'active', registeredAt: recordedAt, lastSignedInAt: null, position }),
    UserRolesChanged: ({ tenant, data: { userId, roles } }) => usersTable.update({ tenant, userId }, { roles }),
    UserSignedIn: ({ tenant, data: { userId }, recordedAt }) => usersTable.update({ tenant, userId }, { lastSignedInAt: recordedAt }),
    UserDisabled: ({ tenant, data: { userId } }) => usersTable.update({ tenant, userId }, { status: 'disabled' }),
    UserEnabled: ({ tenant, data: { userId } }) => usersTable.update({ tenant, userId }, { status: 'active' }),
  },
});
