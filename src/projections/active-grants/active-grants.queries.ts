import { Injectable } from '@nestjs/common';
import type { Principal } from '../../domain/grant/principal.js';
import { Clock } from '../../domain/ports/clock.js';
import type { Resting } from '../../domain/grant/resting.js';
import { tableName } from '../projection.js';
import { type Found, type Page, type PageRequest, ReadModels } from '../read-models.js';
import { activeGrants, grantsTable, trustEndsTable } from './active-grants.projection.js';

type Row = Found<typeof grantsTable.columns>;
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
  /** What of it counts only while a trust rule does. */
  readonly restsOn?: readonly Resting[];
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

const ENDED = `SELECT t.rule_id FROM ${tableName(trustEndsTable, activeGrants)} t WHERE t.tenant = r.tenant AND t.ends_at <= :now`;
const STATUS = `CASE WHEN r.status = 'active' AND r.expires_at <= :now THEN 'expired' WHEN r.status = 'active' AND r.trust_rule_id IN (${ENDED}) THEN 'revoked' ELSE r.status END`;
/** Of a grant that nobody revoked: what it rested on has ended. */
const TRUST_ENDED = 'grant.trust_ended';

/** The grants of one tenant, newest first; also those that have ended, unless a status is asked for. */
@Injectable()
export class ActiveGrants {
  constructor(private readonly models: ReadModels, private readonly clock: Clock) {}

  async list(tenant: string, { agentId, principal, resourceId, status, ...request }: GrantQuestion = {}): Promise<Page<ListedGrant>> {
    const page = await this.models.page({
      of: activeGrants, table: grantsTable, tenant,
      equal: { agentId, resourceId, principalKind: principal?.kind, principalId: principal?.id },
      where: [status && [`${STATUS} = :status`, { status, now: this.clock.seconds() }]],
    }, request);
    const ended = await this.endedRules(tenant, page.items);
    return { ...page, items: page.items.map((row) => this.shown(row, ended)) };
  }

  /** Of the rules that these grants rest on, those that hold no more. */
  private async endedRules(tenant: string, rows: readonly Row[]): Promise<readonly string[]> {
    const rules = [...new Set(rows.flatMap(({ trustRuleId }) => (trustRuleId === undefined ? [] : [trustRuleId])))];
    if (rules.length === 0) return [];
    const ended = ['r.ends_at <= :now AND r.rule_id = ANY(:rules)', { now: this.clock.seconds(), rules }] as const;
    const { items } = await this.models.page({ of: activeGrants, table: trustEndsTable, tenant, where: [ended] }, { limit: rules.length });
    return items.map(({ ruleId }) => ruleId);
  }

  private shown({ tenant: _, position: __, principalKind, principalId, status: recorded, restsOn, trustRuleId, ...row }: Row, ended: readonly string[]): ListedGrant {
    const isOver = recorded === 'active' && row.expiresAt !== undefined && row.expiresAt <= this.clock.seconds();
    const hasLost = recorded === 'active' && !isOver && trustRuleId !== undefined && ended.includes(trustRuleId);
    return {
      ...row, principal: { kind: principalKind, id: principalId }, ...(restsOn.length === 0 ? {} : { restsOn }),
      ...(hasLost ? { status: 'revoked', revokedReason: TRUST_ENDED } : { status: isOver ? 'expired' : recorded }),
    };
  }
}
