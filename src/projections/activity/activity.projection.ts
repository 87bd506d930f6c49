import type { RecordedEvent } from '../../domain/kernel/event.js';
import { projection } from '../projection.js';
import { nullable, ordered, table, text, texts, uuid, whole } from '../table.js';

export type ActivityType = 'TokenIssued' | 'TokenVoided' | 'TokenRefused' | 'ClientAuthenticationFailed' | 'AuthorizationRefused' | 'ConsentDenied' | 'ApiCallRefused';
export type Outcome = 'issued' | 'voided' | 'refused' | 'denied';

export const activityTable = table({
  name: 'activity',
  key: ['tenant', 'eventId'],
  appendOnly: true,
  columns: {
    tenant: text(), eventId: uuid(), position: ordered(), agentId: text(), type: text<ActivityType>(), at: ordered(), outcome: text<Outcome>(),
    reason: nullable(text()), grantType: nullable(text()), resourceId: nullable(text()),
    principalKind: nullable(text<'user' | 'agent'>()), principalId: nullable(text()), grantId: nullable(text()), jti: nullable(text()), scopes: texts(),
  },
  indexes: [['tenant', 'position'], ['tenant', 'agentId', 'position']],
});

/** How much an agent has been used; counted with the rows above, in one transaction, so that each event counts once. */
export const agentUseTable = table({
  name: 'agent_use',
  key: ['tenant', 'agentId'],
  columns: { tenant: text(), agentId: text(), issued: whole(), refused: whole(), lastUsedAt: nullable(ordered()) },
});

/** What agents did and were refused, event by event. */
export const activity = projection({
  name: 'activity',
  version: 1,
  tables: [activityTable, agentUseTable],
  oncePerEvent: activityTable,
  on: {
    TokenIssued: (event) => [
      entry(event, 'TokenIssued', 'issued', event.data),
      use(event, (row) => ({ issued: row.issued + 1, lastUsedAt: event.recordedAt })),
    ],
    // It was recorded as issued and never handed out.
    TokenVoided: (event) => [
      entry(event, 'TokenVoided', 'voided', event.data),
      use(event, (row) => ({ issued: Math.max(0, row.issued - 1), refused: row.refused + 1 })),
    ],
    TokenRefused: (event) => [entry(event, 'TokenRefused', 'refused', event.data), use(event, (row) => ({ refused: row.refused + 1 }))],
    ClientAuthenticationFailed: (event) => entry(event, 'ClientAuthenticationFailed', 'refused', event.data),
    AuthorizationRefused: (event) => entry(event, 'AuthorizationRefused', 'refused', event.data),
    ApiCallRefused: (event) => entry(event, 'ApiCallRefused', 'refused', event.data),
    ConsentDenied: (event) => entry(event, 'ConsentDenied', 'denied', { ...event.data, principal: { kind: 'user', id: event.data.userId } }),
  },
});

interface Details {
  readonly agentId: string;
  readonly reason?: string;
  readonly grantType?: string;
  readonly resourceId?: string;
  readonly principal?: { readonly kind: 'user' | 'agent'; readonly id: string };
  readonly grantId?: string;
  readonly jti?: string;
  readonly scopes?: readonly string[];
}

const entry = ({ tenant, id, position, recordedAt }: RecordedEvent, type: ActivityType, outcome: Outcome, details: Details) =>
  activityTable.put({
    tenant, eventId: id, position, agentId: details.agentId, type, at: recordedAt, outcome, reason: details.reason ?? null,
    grantType: details.grantType ?? null, resourceId: details.resourceId ?? null,
    principalKind: details.principal?.kind ?? null, principalId: details.principal?.id ?? null,
    grantId: details.grantId ?? null, jti: details.jti ?? null, scopes: details.scopes ?? [],
  });

type Use = { readonly issued: number; readonly refused: number; readonly lastUsedAt: string | null };
const use = ({ tenant, data }: RecordedEvent, count: (row: Use) => Partial<Use>) =>
  agentUseTable.merge({ tenant, agentId: (data as { agentId: string }).agentId, issued: 0, refused: 0, lastUsedAt: null }, count);
