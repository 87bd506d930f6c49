import { z } from 'zod';
import type { ListedCredential } from '../../../projections/credentials/credentials.queries.js';
import { instant } from '../common.schemas.js';

/** What is held for whom, and in which state. Never what it is. */
export const credentialSchema = z.strictObject({
  credential_id: z.string(), connection_id: z.string(), holder: z.strictObject({ kind: z.enum(['user', 'tenant']), id: z.string() }), kind: z.enum(['oauth', 'api_key', 'basic']),
  status: z.enum(['live', 'needs_reauth', 'distrusted']), reason: z.string().optional(), scopes: z.array(z.string()), version: z.int(), expires_at: instant.optional(),
  since: z.string(), refreshed_at: z.string(), last_lent_at: z.string().optional(),
});

/** `epoch` of the connection: what was given to what it was before is of no use now. */
export const credentialView = ({ credentialId, connectionId, connectionEpoch, holder, kind, status, reason, scopes, version, expiresAt, since, refreshedAt, lastLentAt }: ListedCredential, epoch: number): z.infer<typeof credentialSchema> => {
  const isOutdated = status === 'live' && connectionEpoch !== epoch;
  return {
    credential_id: credentialId, connection_id: connectionId, holder, kind, status: isOutdated ? 'needs_reauth' : (status as 'live' | 'needs_reauth' | 'distrusted'),
    scopes: [...scopes], version, since, refreshed_at: refreshedAt, ...(expiresAt === undefined ? {} : { expires_at: expiresAt }), ...(lastLentAt === undefined ? {} : { last_lent_at: lastLentAt }),
    ...(isOutdated ? { reason: 'connection.changed' } : reason === undefined ? {} : { reason }),
  };
};
