import { type DataOf, id, oneOf } from '../kernel/fields.js';

/** On whose authority something happens: a user, or an agent acting for itself. */
export const principalField = { kind: oneOf('user', 'agent'), id: id() };
export type Principal = DataOf<typeof principalField>;
