import { z } from 'zod';
import { APPROVAL_STATUS } from '../../../projections/approvals/approvals.queries.js';
import { ownerOf, pageOf, pageQuery, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { PATH_PARAMETERS } from '../path-parameters.js';
import { approvalSchema, listedApprovalSchema } from './approval-view.js';

const one = 'api/approvals/:approval_id' as const;
const reveal = z.enum(['true', 'false']).default('false').transform((text) => text === 'true')
  .describe('Whether what the agent wrote is opened: details and message; needs directory:write');

export const approvalEndpoints = {
  list: endpoint({
    name: 'listApprovals', verb: 'get', path: 'api/approvals', scope: 'directory:read', readModel: true,
    query: pageQuery.extend({
      status: z.enum(APPROVAL_STATUS).optional(), agent: z.string().regex(PATH_PARAMETERS.agent_id.pattern).optional(),
      approver: ownerOf.shape.id.optional().describe('Id of the person or the team that was asked'),
    }),
    says: 'What people were asked to confirm, newest first.', answer: pageOf(listedApprovalSchema),
  }),
  read: endpoint({
    name: 'readApproval', verb: 'get', path: one, scope: 'directory:read', query: z.strictObject({ reveal }),
    says: 'One request for an approval, and what became of it.', answer: approvalSchema,
  }),
  deny: endpoint({
    name: 'denyApproval', verb: 'post', path: `${one}/deny`, scope: 'directory:write', body: withReason,
    says: 'Says no in place of whoever was asked. Nothing here says yes: that takes the accountable person and a factor of theirs.', answer: approvalSchema,
  }),
  withdraw: endpoint({
    name: 'withdrawApproval', verb: 'post', path: `${one}/withdraw`, scope: 'directory:write', body: withReason,
    says: 'Takes back what was confirmed and not used yet. What was used by then was used: 409.', answer: approvalSchema,
  }),
};
