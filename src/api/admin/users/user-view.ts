import { z } from 'zod';
import type { KnownUser } from '../../../domain/user/user.decider.js';
import { instant } from '../common.schemas.js';

/** A person. E-mail and name are there only when they were asked for. */
export const userSchema = z.strictObject({
  user_id: z.string(), status: z.enum(['active', 'disabled']), roles: z.array(z.string()),
  claims: z.record(z.string(), z.array(z.string())).optional().describe('Words that policies decide by; of one person, not in lists'),
  password_set_at: instant.optional(),
  registered_at: z.string().optional().describe('ISO 8601; in lists'), last_signed_in_at: z.string().optional(),
  email: z.string().optional().describe('(erased) when the person\'s key was destroyed'), name: z.string().optional(),
});
export type UserView = z.infer<typeof userSchema>;
export type Revealed = Pick<UserView, 'email' | 'name'>;

type Shown = Pick<KnownUser, 'userId' | 'status' | 'roles' | 'passwordSetAt'> & Partial<Pick<KnownUser, 'claims'>>;

export const userView = ({ userId, status, roles, passwordSetAt, claims }: Shown, revealed: Revealed = {}): UserView => ({
  user_id: userId, status, roles: [...roles],
  ...(claims ? { claims: Object.fromEntries(Object.entries(claims).map(([name, values]) => [name, [...values]])) } : {}),
  ...(passwordSetAt === 0 ? {} : { password_set_at: passwordSetAt }), ...revealed,
});
