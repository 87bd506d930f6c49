import type { BoundInputs, ConditionValue, Vocabulary } from '../ports/conditions.js';
import { type AccessRequest, isConnection } from './access-request.js';

/** What conditions can look at; docs/policies.md explains it. Only what administrators and the hub itself decide is here. */
export const VOCABULARY = {
  agent: { id: 'text', tags: 'words', owner: { kind: 'text', id: 'text' }, registered_by: 'text' },
  principal: { kind: 'text', id: 'text', roles: 'words', claims: 'claims' },
  tenant: { id: 'text', slug: 'text' },
  target: { kind: 'text', id: 'text', uri: 'text', name: 'text' },
  scope: 'text', tool: 'text', grant_type: 'text', attested_by: 'text',
  time: { hour: 'whole', weekday: 'whole', epoch: 'whole' },
  history: { first_use: 'flag', days_dormant: 'whole', count_today: 'whole', agent_days_dormant: 'whole', agent_count_today: 'whole' },
} as const satisfies Vocabulary;

const HOUR = 3_600;
const DAY = 24 * HOUR;

type Input = ConditionValue | undefined;
/** The values of everything but `scope`, which is asked about one by one; undefined is missing. */
const CONDITION_INPUTS = {
  agent: ({ agent }) => (agent.status === 'unknown' ? undefined : { id: agent.agentId, tags: agent.tags, owner: agent.owner, registered_by: agent.method }),
  principal: ({ principal, user }) => {
    if (principal.kind === 'agent') return { ...principal, roles: [], claims: {} };
    return user === undefined || user.status === 'unknown' ? undefined : { ...principal, roles: user.roles, claims: user.claims };
  },
  tenant: ({ tenant }) => (tenant.status === 'unknown' ? undefined : { id: tenant.tenantId, slug: tenant.slug }),
  target: ({ target }) => {
    if (target.status === 'unknown') return undefined;
    return isConnection(target) ? { kind: 'connection', id: target.connectionId, name: target.name } : { kind: 'resource', id: target.resourceId, uri: target.uri };
  },
  tool: ({ tool }) => tool,
  grant_type: ({ grantType }) => grantType,
  attested_by: ({ attestedBy }) => attestedBy,
  // 1970-01-01 was a Thursday; Monday is 1 (ISO 8601).
  time: ({ now }) => ({ hour: Math.floor((now % DAY) / HOUR), weekday: ((Math.floor(now / DAY) + 3) % 7) + 1, epoch: now }),
  history: ({ history }) => history && {
    first_use: history.firstUse, days_dormant: history.daysDormant, count_today: history.countToday,
    agent_days_dormant: history.agentDaysDormant, agent_count_today: history.agentCountToday,
  },
} as const satisfies Record<Exclude<keyof typeof VOCABULARY, 'scope'>, (request: AccessRequest) => Input>;

/** Adds to `bound` what is mentioned and not there yet: only what some condition looks at is gathered. */
export const bindInputs = (request: AccessRequest, mentioned: ReadonlySet<string>, bound: Record<string, unknown>): BoundInputs => {
  for (const name of mentioned)
    if (!(name in bound) && name !== 'scope') bound[name] = request.conditions.bind(CONDITION_INPUTS[name as keyof typeof CONDITION_INPUTS](request));
  return bound;
};
