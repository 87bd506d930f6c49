import { Injectable } from '@nestjs/common';
import type { Principal } from '../../domain/grant/principal.js';
import { type Page, type PageRequest, ReadModels } from '../read-models.js';
import { type ActivityType, type Outcome, activity, activityTable } from './activity.projection.js';

export interface ActivityEntry {
  readonly eventId: string;
  readonly position: string;
  readonly agentId: string;
  readonly type: ActivityType;
  /** ISO 8601. */
  readonly at: string;
  readonly outcome: Outcome;
  /** More exact than what the agent was told. */
  readonly reason?: string;
  readonly grantType?: string;
  readonly resourceId?: string;
  readonly principal?: Principal;
  readonly grantId?: string;
  readonly jti?: string;
  readonly scopes: readonly string[];
}

export interface ActivityQuestion extends PageRequest {
  readonly agentId?: string | undefined;
  readonly type?: ActivityType | undefined;
  readonly outcome?: Outcome | undefined;
  readonly resourceId?: string | undefined;
  readonly principal?: Principal | undefined;
  readonly grantId?: string | undefined;
}

/** What the agents of one tenant did and were refused, newest first. */
@Injectable()
export class Activity {
  constructor(private readonly models: ReadModels) {}

  async list(tenant: string, { agentId, type, outcome, resourceId, principal, grantId, ...request }: ActivityQuestion = {}): Promise<Page<ActivityEntry>> {
    const equal = { agentId, type, outcome, resourceId, grantId, principalKind: principal?.kind, principalId: principal?.id };
    const page = await this.models.page({ of: activity, table: activityTable, tenant, equal }, request);
    return {
      ...page,
      items: page.items.map(({ tenant: _, principalKind, principalId, ...entry }) => ({
        ...entry, ...(principalKind === undefined || principalId === undefined ? {} : { principal: { kind: principalKind, id: principalId } }),
      })),
    };
  }
}
