import { z } from 'zod';
import { instant, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';

const one = 'api/users/:user_id' as const;

const factorsSchema = z.strictObject({
  factors: z.array(z.strictObject({
    factor_id: z.string(), kind: z.enum(['passkey', 'totp']), enrolled_at: instant, last_used_at: instant.optional(),
    distrusted: z.boolean().describe('A copy of the passkey is in use: it opens nothing any more'),
  })),
  recovery_codes_left: z.int(),
});
export type FactorsView = z.infer<typeof factorsSchema>;

const sessionsSchema = z.strictObject({
  items: z.array(z.strictObject({
    session_id: z.string().describe('Names the session and opens nothing'), started_at: instant, amr: z.array(z.string()), acr: z.string(), network: z.string().optional(),
  })),
});
export type SessionsView = z.infer<typeof sessionsSchema>;

export const factorEndpoints = {
  list: endpoint({ name: 'listUserFactors', verb: 'get', path: `${one}/factors`, scope: 'directory:read', says: 'What the person proves who they are with, beside the password.', answer: factorsSchema }),
  reset: endpoint({
    name: 'resetUserFactors', verb: 'post', path: `${one}/factors/reset`, scope: 'directory:write', body: withReason,
    says: 'Takes all second factors and recovery codes of a person away and ends their sessions: from then on the password is enough.', answer: factorsSchema,
  }),
  sessions: endpoint({ name: 'listUserSessions', verb: 'get', path: `${one}/sessions`, scope: 'directory:read', says: 'Where the person is signed in.', answer: sessionsSchema }),
  endSessions: endpoint({
    name: 'endUserSessions', verb: 'post', path: `${one}/sessions/end`, scope: 'directory:write', body: z.strictObject({ session_id: z.string().regex(/^[\w-]{43}$/).optional() }),
    says: 'Signs the person out of one session, or everywhere when none is named.', answer: sessionsSchema,
  }),
};
