import { Accountable } from './accountable.js';
import { ConfirmApprovalHandler, DenyApprovalHandler } from './answer-approval.js';
import { ApprovalHandles } from './approval-handles.js';
import { ApprovalTexts } from './approval-texts.js';
import { ApprovedLoans } from './approved-loans.js';
import { ApprovedOrders } from './approved-orders.js';
import { AskApproval } from './ask-approval.js';
import { AskPersonHandler } from './ask-person.js';
import { CollectApprovalHandler } from './collect-approval.js';
import { DiscloseApprovalHandler } from './disclose-approval.js';
import { DerivedOrders } from '../tokens/derived-orders.js';
import { ExpireApprovalHandler } from './expire-approval.js';
import { HoldToken } from './hold-token.js';
import { OwnApprovals } from './own-approvals.js';
import { SpendApproval } from './spend-approval.js';
import { WithdrawApprovalHandler } from './withdraw-approval.js';

export const approvalHandlers = [AskPersonHandler, CollectApprovalHandler, ConfirmApprovalHandler, DenyApprovalHandler, WithdrawApprovalHandler, DiscloseApprovalHandler, ExpireApprovalHandler];
export const approvalParts = [Accountable, ApprovalHandles, ApprovalTexts, ApprovedLoans, ApprovedOrders, AskApproval, DerivedOrders, HoldToken, OwnApprovals, SpendApproval];
