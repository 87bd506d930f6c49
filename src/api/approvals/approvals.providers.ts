import type { Provider, Type } from '@nestjs/common';
import { ApprovalPages } from './approval-pages.js';
import { ApprovalQuestions } from './approval-questions.js';
import { MyApprovalsController } from './my-approvals.controller.js';
import { OpenApprovals } from './open-approvals.js';

export const approvalControllers: Type[] = [MyApprovalsController];
export const approvalProviders: Provider[] = [ApprovalPages, ApprovalQuestions, OpenApprovals];
