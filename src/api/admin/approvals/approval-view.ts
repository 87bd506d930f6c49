import { z } from 'zod';
import type { ApprovalText } from '../../../commands/approvals/approval-texts.js';
import type { KnownAgent } from '../../../domain/agent/agent.decider.js';
import type { KnownApproval } from '../../../domain/approval/approval.decider.js';
import { detailsOf } from '../../../domain/approval/authorization-details.js';
import { APPROVAL_STATUS, type ListedApproval } from '../../../projections/approvals/approvals.queries.js';
import { instant, ownerOf, principalOf } from '../common.schemas.js';
import { targetView } from '../grants/grant-view.js';

const shared = {
  approval_id: z.string(), agent_id: z.string(), approver: ownerOf.describe('Who may confirm it; of a team, any administrator'), principal: principalOf.describe('On whose authority'),
  resource_id: z.string().optional(), connection_id: z.string().optional(), scopes: z.array(z.string()), grant_type: z.string(),
  status: z.enum(APPROVAL_STATUS), expires_at: instant, answered_by: z.string().optional().describe('Who said yes or no, or took it back'),
};
export const listedApprovalSchema = z.strictObject({ ...shared, since: z.string().describe('ISO 8601'), changed_at: z.string() });

const textsSchema = z.strictObject({
  authorization_details: z.array(z.record(z.string(), z.unknown())), binding_message: z.string(),
}).nullable();
export const approvalSchema = z.strictObject({
  ...shared,
  purpose: z.enum(['token', 'exchange', 'forward', 'ask']).describe('A token; a credential, to have or for one call; or a request at /bc-authorize'),
  agent_owner: ownerOf, requested_at: instant, changed_at: instant, network: z.string().optional().describe('Where the agent asked from'),
  method: z.string().optional(), route: z.string().optional().describe('Of a call to a service'), rule_ids: z.array(z.string()).describe('The rules that want it'), action_fingerprint: z.string(),
  denial: z.strictObject({ by: z.enum(['person', 'administrator', 'number']).describe('number: three wrong numbers'), reason: z.string().optional() }).optional(),
  withdrawal: z.strictObject({ by: z.enum(['person', 'administrator']), reason: z.string().optional() }).optional().describe('Taken back before it was used'),
  confirmation: z.strictObject({ auth_time: instant, amr: z.array(z.string()) }).optional(),
  texts: textsSchema.optional().describe('What the agent wrote, when it was asked for; null when the key of whom it was written to is destroyed'),
});
export type ApprovalView = z.infer<typeof approvalSchema>;

export const listedApprovalView = (of: ListedApproval): z.infer<typeof listedApprovalSchema> => ({
  approval_id: of.approvalId, agent_id: of.agentId, approver: of.approver, principal: of.principal, ...targetView(of.targetId), scopes: [...of.scopes], grant_type: of.grantType,
  status: of.status, expires_at: of.expiresAt, ...(of.answeredBy === undefined ? {} : { answered_by: of.answeredBy }), since: of.since, changed_at: of.changedAt,
});

export const textsView = (text: ApprovalText | undefined): ApprovalView['texts'] =>
  text ? { authorization_details: detailsOf(text.authorizationDetails).map((detail) => ({ ...detail })), binding_message: text.bindingMessage } : null;

const saidBy = <T>({ reason: by, because }: { readonly reason: T; readonly because?: string | undefined }) => ({ by, ...(because === undefined ? {} : { reason: because }) });

export const approvalView = (of: KnownApproval, agent: KnownAgent, now: number): ApprovalView => {
  const { denial, withdrawal, confirmation } = of;
  const answeredBy = (denial ?? withdrawal ?? confirmation)?.userId;
  return {
    approval_id: of.approvalId, agent_id: of.agentId, approver: of.approver, principal: of.principal, ...targetView(of.targetId), scopes: [...of.scopes], grant_type: of.grantType,
    status: of.status === 'pending' && of.expiresAt <= now ? 'expired' : of.status, expires_at: of.expiresAt, ...(answeredBy === undefined ? {} : { answered_by: answeredBy }),
    purpose: of.purpose, agent_owner: agent.owner, requested_at: of.at, changed_at: of.since, ...(of.network === undefined ? {} : { network: of.network }),
    ...(of.method === undefined ? {} : { method: of.method }), ...(of.route === undefined ? {} : { route: of.route }), rule_ids: [...of.ruleIds], action_fingerprint: of.actionDigest,
    ...(denial ? { denial: saidBy(denial) } : {}), ...(withdrawal ? { withdrawal: saidBy(withdrawal) } : {}),
    ...(confirmation ? { confirmation: { auth_time: confirmation.authTime, amr: [...confirmation.methods] } } : {}),
  };
};
