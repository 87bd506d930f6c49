import { projection } from '../projection.js';
import { nullable, ordered, table, text, texts, whole } from '../table.js';

export const approvalsTable = table({
  name: 'approvals',
  key: ['tenant', 'approvalId'],
  columns: {
    tenant: text(), approvalId: text(), agentId: text(), approverKind: text<'user' | 'team'>(), approverId: text(),
    principalKind: text<'user' | 'agent'>(), principalId: text(), targetId: text(), scopes: texts(), grantType: text(),
    /** As recorded; one whose time is over may still be called pending here. */
    status: text<'pending' | 'approved' | 'denied' | 'withdrawn' | 'expired' | 'consumed'>(), expiresAt: whole(), answeredBy: nullable(text()),
    since: ordered(), changedAt: ordered(), position: ordered(),
  },
  indexes: [['tenant', 'position'], ['tenant', 'approverId', 'position'], ['tenant', 'agentId', 'position'], ['status', 'expiresAt']],
});

/** What people were asked to confirm, and what became of it. What the agent wrote is sealed and not here. */
export const approvals = projection({
  name: 'approvals',
  version: 3,
  tables: [approvalsTable],
  on: {
    ApprovalRequested: ({ tenant, data, recordedAt, position }) => approvalsTable.put({
      tenant, approvalId: data.approvalId, agentId: data.agentId, approverKind: data.approver.kind, approverId: data.approver.id,
      principalKind: data.principal.kind, principalId: data.principal.id, targetId: data.targetId, scopes: data.scopes, grantType: data.grantType,
      status: 'pending', expiresAt: data.expiresAt, answeredBy: null, since: recordedAt, changedAt: recordedAt, position,
    }),
    ApprovalConfirmed: ({ tenant, data, recordedAt }) =>
      approvalsTable.update({ tenant, approvalId: data.approvalId }, { status: 'approved', answeredBy: data.confirmedBy, changedAt: recordedAt }),
    ApprovalDenied: ({ tenant, data, recordedAt }) => approvalsTable.update({ tenant, approvalId: data.approvalId }, { status: 'denied', answeredBy: data.deniedBy, changedAt: recordedAt }),
    ApprovalWithdrawn: ({ tenant, data, recordedAt }) => approvalsTable.update({ tenant, approvalId: data.approvalId }, { status: 'withdrawn', answeredBy: data.withdrawnBy, changedAt: recordedAt }),
    ApprovalExpired: ({ tenant, data, recordedAt }) => approvalsTable.update({ tenant, approvalId: data.approvalId }, { status: 'expired', changedAt: recordedAt }),
    ApprovalConsumed: ({ tenant, data, recordedAt }) => approvalsTable.update({ tenant, approvalId: data.approvalId }, { status: 'consumed', changedAt: recordedAt }),
  },
});
