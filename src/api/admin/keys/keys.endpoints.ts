import { z } from 'zod';
import { instant, pageOf, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';

const algorithm = z.enum(['ES256', 'RS256']);
/** The public half and what is done with it; the private half never leaves the vault. */
const keySchema = z.strictObject({
  kid: z.string(), alg: algorithm, status: z.enum(['published', 'active', 'retired']),
  active_since: instant.optional(), published_until: instant.optional(), jwk: z.record(z.string(), z.unknown()),
});
const keys = pageOf(keySchema);

export const keyEndpoints = {
  list: endpoint({ name: 'listSigningKeys', verb: 'get', path: 'api/keys', scope: 'directory:read', says: 'The tenant\'s signing keys: next, active and retired.', answer: keys }),
  rotate: endpoint({
    name: 'rotateSigningKeys', verb: 'post', path: 'api/keys/rotate', scope: 'keys:write',
    body: z.strictObject({ algorithms: z.array(algorithm).min(1).max(2).default(['ES256', 'RS256']) }),
    says: 'Signs with new keys from now on; the old ones stay published until their tokens have ended.', answer: keys,
  }),
  revoke: endpoint({
    name: 'revokeSigningKey', verb: 'post', path: 'api/keys/:kid/revoke', scope: 'keys:write', body: withReason,
    says: 'Somebody else may have this key: it is published no longer, nothing that it signed counts any more, and another signs instead.', answer: keys,
  }),
};
