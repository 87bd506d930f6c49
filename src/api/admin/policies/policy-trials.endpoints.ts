import { z } from 'zod';
import { instant, principalOf, scopes } from '../common.schemas.js';
import { eventLimit, rangePage } from '../decisions/decision-ranges.js';
import { endpoint } from '../endpoint.js';
import { policyDocument } from './policies.endpoints.js';

const tried = { version: z.int().min(1).optional().describe('A published version'), document: policyDocument.optional().describe('Or a document that is not published') };
const word = z.string().min(1).max(256);
const outcome = z.enum(['allowed', 'approval', 'mfa', 'denied']);
const difference = z.strictObject({ scope: z.string().describe('Empty where no scope was asked for'), before: outcome, after: outcome, because: z.string() });
const example = z.strictObject({
  position: z.string(), recorded_at: z.string(), principal: principalOf, target_id: z.string(), grant_type: z.string(), differences: z.array(difference),
});
const obligation = z.strictObject({ kind: z.enum(['approval', 'mfa']), scopes: z.array(z.string()), rule_ids: z.array(z.string()) });

export const policyTrialEndpoints = {
  dryRun: endpoint({
    name: 'dryRunPolicy', verb: 'post', path: 'api/policies/dry-run', scope: 'policy:write',
    says: 'What would be decided if this were asked now, and what each rule says to it. Nothing is issued and nothing is recorded.',
    body: z.strictObject({
      ...tried, agent_id: z.string().max(128), principal: principalOf.optional().describe('The agent itself when absent'),
      resource: z.string().max(2048).optional().describe('URI of the resource'), connection: z.string().max(128).optional().describe('Or the name or id of a connection'), scopes,
      grant_type: word.optional().describe('authorization_code for a user, client_credentials for an agent when absent'),
      tool: word.optional(), attested_by: word.optional(), met: z.array(z.enum(['approval', 'mfa'])).max(2).optional().describe('Obligations taken as met'),
      asking: z.boolean().default(false).describe('As if consent were being asked for: what was granted does not limit it'),
      at: instant.optional().describe('As if it were then; now when absent'),
    }),
    answer: z.strictObject({
      allowed: z.boolean(), reason: z.string().nullable(), scopes: z.array(z.string()), denied: z.array(z.strictObject({ scope: z.string(), reason: z.string() })),
      policy_version: z.int().nullable().describe('0 for a document that is not published'), rule_ids: z.array(z.string()).describe('The rules that made the difference'),
      obligations: z.array(obligation), unanswered: z.array(z.strictObject({ rule_id: z.string(), problem: z.string() })),
      rules: z.array(z.strictObject({
        rule_id: z.string(), effect: z.string(), applies_to: z.array(z.string()).describe('Scopes; one empty text where none was asked for'),
        because: z.array(z.string()).describe('What does not fit, or has no answer'),
      })),
    }),
  }),
  backTest: endpoint({
    name: 'backTestPolicy', verb: 'post', path: 'api/policies/back-test', scope: 'policy:write',
    says: 'What a version or a draft would have decided on recorded decisions, page by page: newly denied and newly allowed, by agent, with examples.',
    body: z.strictObject({ ...tried, ...rangePage, limit: eventLimit }),
    answer: z.strictObject({
      decisions: z.int(), unchanged: z.int(), unknown: z.int().describe('Recorded by an earlier version of Mandate, which told too little of them'),
      agents: z.array(z.strictObject({ agent_id: z.string(), newly_denied: z.int(), newly_allowed: z.int(), newly_obliged: z.int(), examples: z.array(example) })),
      reached: z.string().nullable().describe('Time of the last event that was looked at'), next: z.string().nullable().describe('Cursor of the next page; null when this is the last'),
    }),
  }),
};
