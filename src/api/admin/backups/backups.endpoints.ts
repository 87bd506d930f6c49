import { z } from 'zod';
import { withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';

const line = z.union([
  z.object({ mandate: z.literal('backup'), format: z.int(), backupId: z.string(), hub: z.string(), takenAt: z.string(), through: z.string(), vaultKey: z.string() })
    .describe('The first line'),
  z.object({ secret: z.record(z.string(), z.unknown()) }).describe('A sealed row of the vault'),
  z.object({ event: z.record(z.string(), z.unknown()) }).describe('An event of the ledger, of whichever tenant'),
  z.object({ end: z.record(z.string(), z.unknown()) }).describe('The last line: numbers and digests. Without it the backup is not whole'),
]);

export const backupEndpoints = {
  take: endpoint({
    name: 'takeBackup', verb: 'post', path: 'api/backups', scope: 'deployment:backup', media: 'application/x-ndjson',
    body: z.strictObject({
      with_master_key: z.boolean().default(false).describe('That the caller puts the master key beside it, for the record; the hub never sends it'),
    }),
    says: 'Reads the ledger of all tenants and the sealed vault out, as lines of JSON. Recorded before it begins. Only from the default tenant; mandate backup does it.',
    answer: line,
  }),
  release: endpoint({
    name: 'releaseDeployment', verb: 'post', path: 'api/deployment/release', scope: 'deployment:release', body: withReason,
    says: 'Ends the quarantine that a restore from a backup begins: what was suspended and revoked after the backup has been seen to. Only from the default tenant.',
    answer: z.strictObject({ released: z.boolean().describe('False when there was no quarantine') }),
  }),
};
