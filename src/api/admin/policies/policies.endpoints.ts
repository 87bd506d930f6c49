import { z } from 'zod';
import { pageOf } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';

const one = 'api/policies/:version' as const;
const version = z.strictObject({
  version: z.int(), digest: z.string().describe('SHA-256 of the document\'s text as it was published'), active: z.boolean(),
  state: z.enum(['draft', 'shadow', 'active', 'retired', 'rolled_back']).describe('What it does, or what became of it'),
});
export const policyDocument = z.record(z.string(), z.unknown()).describe('Rules, as docs/policies.md describes them and /api/policy-schema checks them');
const whole = version.extend({ document: policyDocument });
const rule = z.record(z.string(), z.unknown());
const diff = z.strictObject({
  before: z.int(), after: z.int(), added: z.array(rule), removed: z.array(rule), changed: z.array(z.strictObject({ id: z.string(), before: rule, after: rule })),
});

export const policyEndpoints = {
  list: endpoint({ name: 'listPolicyVersions', verb: 'get', path: 'api/policies', scope: 'directory:read', says: 'Every version of the tenant\'s policy.', answer: pageOf(version) }),
  schema: endpoint({ name: 'readPolicySchema', verb: 'get', path: 'api/policy-schema', scope: 'directory:read', says: 'JSON Schema of a policy document.', answer: z.record(z.string(), z.unknown()) }),
  read: endpoint({ name: 'readPolicyVersion', verb: 'get', path: one, scope: 'directory:read', says: 'One version with its rules.', answer: whole }),
  diff: endpoint({
    name: 'diffPolicyVersions', verb: 'get', path: `${one}/diff`, scope: 'directory:read',
    query: z.strictObject({ from: z.string().regex(/^[1-9]\d{0,8}$/).transform(Number).optional().describe('The version to compare with; the active one when absent') }),
    says: 'Which rules the version adds, takes away and changes.', answer: diff,
  }),
  publish: endpoint({
    name: 'publishPolicy', verb: 'post', path: 'api/policies', scope: 'policy:write', status: 201, body: z.strictObject({ document: policyDocument }),
    says: 'Records a new version, a draft; it decides nothing until it is activated.', answer: whole,
  }),
  shadow: endpoint({
    name: 'shadowPolicy', verb: 'post', path: `${one}/shadow`, scope: 'policy:write',
    says: 'From here on this version decides beside the active one, to no effect; where the two differ is recorded.', answer: whole,
  }),
  endShadow: endpoint({ name: 'endPolicyShadow', verb: 'post', path: `${one}/unshadow`, scope: 'policy:write', says: 'The version is a draft again.', answer: whole }),
  activate: endpoint({
    name: 'activatePolicy', verb: 'post', path: `${one}/activate`, scope: 'policy:write',
    says: 'From here on this version decides. One that would shut you out of this API is refused.', answer: whole,
  }),
  rollBack: endpoint({
    name: 'rollBackPolicy', verb: 'post', path: `${one}/rollback`, scope: 'policy:write',
    says: 'Goes back to an earlier version, and is recorded as that.', answer: whole,
  }),
};
