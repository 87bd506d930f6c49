import { z } from 'zod';
import { displayText, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { userSchema } from './user-view.js';

const one = 'api/users/:user_id' as const;
const roles = z.array(z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/)).max(50);
const password = z.string().min(12).max(1024);
export const reveal = z.enum(['true', 'false']).default('false').transform((text) => text === 'true')
  .describe('Whether e-mail and name are opened; needs directory:write');

export const userEndpoints = {
  read: endpoint({
    name: 'readUser', verb: 'get', path: one, scope: 'directory:read', query: z.strictObject({ reveal }), says: 'One person.', answer: userSchema,
  }),
  register: endpoint({
    name: 'registerUser', verb: 'post', path: 'api/users', scope: 'directory:write', status: 201,
    body: z.strictObject({ email: z.string().max(254), name: displayText(200), roles: roles.default([]), password: password.optional() }),
    says: 'Gives a person an account.', answer: userSchema,
  }),
  changeRoles: endpoint({
    name: 'changeUserRoles', verb: 'post', path: `${one}/roles`, scope: 'directory:write', body: z.strictObject({ roles }),
    says: 'Replaces the person\'s roles.', answer: userSchema,
  }),
  changeClaims: endpoint({
    name: 'changeUserClaims', verb: 'post', path: `${one}/claims`, scope: 'policy:write',
    body: z.strictObject({ claims: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), z.array(z.string().min(1).max(128)).max(50)) }),
    says: 'Replaces what policies know of the person: words such as a department, never who they are. It takes whoever may change policies.', answer: userSchema,
  }),
  disable: endpoint({
    name: 'disableUser', verb: 'post', path: `${one}/disable`, scope: 'directory:write', body: withReason,
    says: 'Ends the person\'s sessions and everything that works on their authority.', answer: userSchema,
  }),
  enable: endpoint({ name: 'enableUser', verb: 'post', path: `${one}/enable`, scope: 'directory:write', says: 'Lets the person in again.', answer: userSchema }),
  erase: endpoint({
    name: 'eraseUser', verb: 'post', path: `${one}/erase`, scope: 'directory:write', body: withReason,
    says: 'Disables the person for good and destroys the key of their e-mail, name and whatever else is sealed about them, their password and factors. It can\'t be undone.', answer: userSchema,
  }),
  setPassword: endpoint({
    name: 'setUserPassword', verb: 'post', path: `${one}/password`, scope: 'directory:write', body: z.strictObject({ password }),
    says: 'Sets a new password; sessions and consent from before it end.', answer: userSchema,
  }),
};
