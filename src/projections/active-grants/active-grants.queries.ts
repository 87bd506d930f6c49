import { Injectable } from '@nestjs/common';
import type { Principal } from '../../domain/grant/principal.js';
import { Clock } from '../../domain/ports/clock.js';
import { type Page, type PageRequest, ReadModels } from '../read-models.js';
import type { RowOf } from '../table.js';
import { activeGrants, grantsTable } from './active-grants.projection.js';

export type GrantStatus = 'active' | 'revoked' | 'expired';

export interface ListedGrant {
  readonly grantId: string;
  readonly agentId: string;
  readonly principal: Principal;
  readonly resourceId: string;
  readonly scopes: readonly string[];
  readonly epoch: number;
  readonly via: 'consent' | 'admin' | 'identity_provider';
  readonly status: GrantStatus;
  readonly revokedReason?: string;
  /** NumericDate. */
  readonly expiresAt?: number;
  /** When it was given, ISO 8601; given anew counts as new. */
  readonly since: string;
  /** When a token was last issued under it, ISO 8601. */
  readonly lastUsedAt?: string;
}

export interface GrantQuestion extends PageRequest {
  readonly agentId?: string | undefined;
  readonly principal?: Principal | undefined;
  readonly resourceId?: string | undefined;
  readonly status?: GrantStatus | undefined;
}

const STATUS = `CASE WHEN r.status = 'active' AND r.expires_at <= :now THEN 'expired' ELSE r.status END`;

/** The grants of one tenant, newest first; also those that have ended, unless a status is asked for. */
@Injectable()
export class ActiveGrants {
  constructor(private readonly models: ReadModels, private readonly clock: Clock) {}

  async list(tenant: string, { agentId, principal, resourceId, status, ...request }: GrantQuestion = {}): Promise<Page<ListedGrant>> {
    const page = await this.models.page({
      of: activeGrants, table: grantsTable, tenant,
      where: [
        agentId === undefined ? undefined : ['r.agent_id = :agentId', { agentId }],
        principal && ['r.principal_kind = :kind AND r.principal_id = :id', principal],
        resourceId === undefined ? undefined : ['r.resource_id = :resourceId', { resourceId }],
        status && [`${STATUS} = :status`, { status, now: this.clock.seconds() }],
      ],
    }, request);
    return { ...page, items: page.items.map((row) => this.shown(row)) };
  }

  async byId(tenant: string, grantId: string): Promise<ListedGrant | undefined> {
    const row = await this.models.one({ of: activeGrants, table: grantsTable, tenant, where: [['r.grant_id = :grantId', { grantId }]] });
    return row && this.shown(row);
  }

  private shown({ tenant: _, position: __, principalKind, principalId, status, expiresAt, revokedReason, lastUsedAt, ...row }: RowOf<typeof grantsTable.columns>): ListedGrant {
    return {
      ...row, principal: { kind: principalKind, id: principalId },
      status: status === 'active' && expiresAt !== null && expiresAt <= this.clock.seconds() ? 'expired' : status,
      ...(expiresAt === null ? {} : { expiresAt }), ...(revokedReason === null ? {} : { revokedReason }), ...(lastUsedAt === null ? {} : { lastUsedAt }),
    };
  }
}
