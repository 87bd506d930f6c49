import { projection } from '../projection.js';
import { nullable, ordered, table, text, texts } from '../table.js';

export const usersTable = table({
  name: 'users',
  key: ['tenant', 'userId'],
  columns: {
    tenant: text(), userId: text(),
    /** As they stand in the event: only the subject's key opens them, and when it is destroyed nothing does. */
    sealedEmail: text(), sealedName: text(),
    /** The event whose id the sealing is bound to. */
    sealedIn: text(),
    roles: texts(), status: text<'active' | 'disabled'>(), disabledReason: nullable(text()), registeredAt: ordered(), lastSignedInAt: nullable(ordered()), position: ordered(),
  },
  indexes: [['tenant', 'position']],
});

/** The people of a tenant. What is personal stays sealed here too. */
export const users = projection({
  name: 'users',
  version: 1,
  tables: [usersTable],
  on: {
    UserRegistered: ({ tenant, id, data, recordedAt, position }) =>
      usersTable.put({
        tenant, userId: data.userId, sealedEmail: data.email, sealedName: data.name, sealedIn: id, roles: data.roles,
        status: 'active', disabledReason: null, registeredAt: recordedAt, lastSignedInAt: null, position,
      }),
    UserRolesChanged: ({ tenant, data: { userId, roles } }) => usersTable.update({ tenant, userId }, { roles }),
    UserSignedIn: ({ tenant, data: { userId }, recordedAt }) => usersTable.update({ tenant, userId }, { lastSignedInAt: recordedAt }),
    UserDisabled: ({ tenant, data: { userId, reason } }) => usersTable.update({ tenant, userId }, { status: 'disabled', disabledReason: reason }),
    UserEnabled: ({ tenant, data: { userId } }) => usersTable.update({ tenant, userId }, { status: 'active', disabledReason: null }),
  },
});
