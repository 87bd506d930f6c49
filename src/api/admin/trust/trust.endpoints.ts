import { z } from 'zod';
import { pageOf, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { presetSchema, trustRuleSchema } from './trust-view.js';
import { trustRuleDraft } from './trust.schemas.js';

const one = 'api/trust-rules/:rule_id' as const;
const verdict = z.strictObject({
  believed: z.boolean(), reason: z.string().optional().describe('The exact code that is recorded'), says: z.string().describe('What it means'),
  rule_id: z.string().optional(), agent_id: z.string().optional().describe('The agent that the token proves, which may come to be with its first use'),
});

export const trustEndpoints = {
  presets: endpoint({
    name: 'listTrustPresets', verb: 'get', path: 'api/trust-presets', scope: 'directory:read',
    says: 'Platforms whose tokens are known: AWS, Google Cloud, Kubernetes, GitHub Actions and others.', answer: pageOf(presetSchema),
  }),
  list: endpoint({ name: 'listTrustRules', verb: 'get', path: 'api/trust-rules', scope: 'directory:read', says: 'Whose tokens prove who an agent is, the oldest rule first.', answer: pageOf(trustRuleSchema) }),
  read: endpoint({ name: 'readTrustRule', verb: 'get', path: one, scope: 'directory:read', says: 'One trust rule.', answer: trustRuleSchema }),
  add: endpoint({
    name: 'addTrustRule', verb: 'post', path: 'api/trust-rules', scope: 'directory:write', status: 201, body: trustRuleDraft,
    says: 'Believes tokens of another issuer, as far as their claims are bound. A rule that would trust everybody at a shared issuer is refused.', answer: trustRuleSchema,
  }),
  remove: endpoint({
    name: 'removeTrustRule', verb: 'post', path: `${one}/remove`, scope: 'directory:write', body: withReason,
    says: 'Nothing is issued on the rule any more, and what was issued on it stops working.', answer: trustRuleSchema,
  }),
  test: endpoint({
    name: 'testTrust', verb: 'post', path: 'api/trust-test', scope: 'directory:write', body: z.strictObject({ token: z.string().min(1).max(16_384), purpose: z.enum(['workload', 'users']).default('workload') }),
    says: 'Whether a token would be believed, by which rule, and why not. It is not spent, and no agent comes to be.', answer: verdict,
  }),
};
