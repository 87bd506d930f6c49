import { z } from 'zod';
import type { KnownUser } from '../../../domain/user/user.decider.js';
import { instant } from '../common.schemas.js';

/** A person. E-mail and name are there only when they were asked for. */
export const userSchema = z.strictObject({
  user_id: z.string(), status: z.enum(['active', 'disabled']), roles: z.array(z.string()),
  password_set_at: instant.optional(),
  registered_at: z.string().optional().describe('ISO 8601; in lists'), last_signed_in_at: z.string().optional(),
  email: z.string().optional().describe('(erased) when the person\'s key was destroyed'), name: z.string().optional(),
});
export type UserView = z.infer<typeof userSchema>;
export type Revealed = Pick<UserView, 'email' | 'name'>;

export const userView = ({ userId, status, roles, passwordSetAt }: Pick<KnownUser, 'userId' | 'status' | 'roles' | 'passwordSetAt'>, revealed: Revealed = {}): UserView => ({
  user_id: userId, status, roles: [...roles], ...(passwordSetAt === 0 ? {} : { password_set_at: passwordSetAt }), ...revealed,
});
