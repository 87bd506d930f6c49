import { z } from 'zod';
import { instant, pageOf, pageQuery } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';

const rotation = z.strictObject({
  rotation_id: z.string(), provider: z.enum(['local', 'aws-kms', 'transit']).describe('Whose key it is'),
  status: z.enum(['waiting', 'first', 'settling', 'second', 'finished']).describe('Waits for a worker; looks at everything; waits until nothing can be on its way any more; looks at everything once more; is done'),
  secrets: z.int().describe('How many there were at its beginning'), checked: z.int().describe('How many the look that is under way has seen'),
  rewrapped: z.int(), left: z.int().describe('They do not open and were left alone; former keys are kept for them'),
  left_credentials: z.array(z.string()).describe('The first of them: tenant and credential'),
  key_id: z.string().nullable(), activated_at: instant.nullable(), retired: z.array(z.string()).describe('Keys that were destroyed'), started_at: z.string(), finished_at: z.string().nullable(),
});

export const vaultEndpoints = {
  status: endpoint({
    name: 'readVault', verb: 'get', path: 'api/vault', scope: 'deployment:keys',
    says: 'What wraps the keys of credentials, whether it can be used, and how many secrets there are. Only from the default tenant.',
    answer: z.strictObject({ provider: rotation.shape.provider, usable: z.boolean(), problem: z.string().nullable(), secrets: z.int() }),
  }),
  rotations: endpoint({
    name: 'listVaultRotations', verb: 'get', path: 'api/vault/rotations', scope: 'deployment:keys', readModel: true, query: pageQuery,
    says: 'Rotations of the key that credentials are sealed with, and how far they are, the last first.', answer: pageOf(rotation),
  }),
  rotate: endpoint({
    name: 'rotateVault', verb: 'post', path: 'api/vault/rotations', scope: 'deployment:keys',
    says: 'Has another key wrap what credentials are sealed with, of the provider that the configuration names, and brings everything that is held under it. A worker does it; asked again meanwhile, it is the same rotation.',
    answer: z.strictObject({ rotation_id: z.string(), started: z.boolean().describe('False when it was under way already') }),
  }),
};
