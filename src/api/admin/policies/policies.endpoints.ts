import { z } from 'zod';
import { pageOf } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';

const one = 'api/policies/:version' as const;
const version = z.strictObject({ version: z.int(), digest: z.string().describe('SHA-256 of the document\'s text as it was published'), active: z.boolean() });
const document = z.record(z.string(), z.unknown()).describe('Rules, as docs/policies.md describes them; every member is checked');
const whole = version.extend({ document });

export const policyEndpoints = {
  list: endpoint({ name: 'listPolicyVersions', verb: 'get', path: 'api/policies', scope: 'directory:read', says: 'Every version of the tenant\'s policy.', answer: pageOf(version) }),
  read: endpoint({ name: 'readPolicyVersion', verb: 'get', path: one, scope: 'directory:read', says: 'One version with its rules.', answer: whole }),
  publish: endpoint({
    name: 'publishPolicy', verb: 'post', path: 'api/policies', scope: 'policy:write', status: 201, body: z.strictObject({ document }),
    says: 'Records a new version; it decides nothing until it is activated.', answer: whole,
  }),
  activate: endpoint({
    name: 'activatePolicy', verb: 'post', path: `${one}/activate`, scope: 'policy:write',
    says: 'From here on this version decides. One that would shut you out of this API is refused.', answer: whole,
  }),
  rollBack: endpoint({
    name: 'rollBackPolicy', verb: 'post', path: `${one}/rollback`, scope: 'policy:write',
    says: 'Goes back to an earlier version, and is recorded as that.', answer: whole,
  }),
};
