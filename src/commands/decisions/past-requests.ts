import { agent } from '../../domain/agent/agent.decider.js';
import { authorization } from '../../domain/authorization/authorization.decider.js';
import { connection } from '../../domain/connection/connection.decider.js';
import { grant } from '../../domain/grant/grant.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import type { AccessRequest, ObligationKind } from '../../domain/policy/access-request.js';
import { policy } from '../../domain/policy/policy.decider.js';
import type { Conditions } from '../../domain/ports/conditions.js';
import type { Crypto } from '../../domain/ports/crypto.js';
import { resource } from '../../domain/resource/resource.decider.js';
import { tenant } from '../../domain/tenant/tenant.decider.js';
import { trust } from '../../domain/trust/trust.decider.js';
import { user } from '../../domain/user/user.decider.js';
import { grantIdOf, isConnectionId } from '../derived-ids.js';
import type { PastStates, Seen } from './past-states.js';
import type { PastUsage } from './past-usage.js';
import { allHere } from '../soon.js';
import type { RecordedDecision } from './recorded-decision.js';

export interface PastSources {
  readonly states: PastStates;
  readonly usage: PastUsage;
  readonly conditions: Conditions;
  readonly crypto: Crypto;
}
/** The last of what a decision relies on, when there is more: its user, then the agent's activity, then the trust rules. */
const USER = 5;

/** The streams that a recorded decision was made on, in their fixed order. */
export const pastStreams = ({ event: { tenant }, agentId, principal, targetId, basis }: RecordedDecision, crypto: Crypto): readonly string[] => {
  const target = isConnectionId(targetId) ? streams.connection(targetId) : streams.resource(targetId);
  const fixed = [streams.tenant(tenant), streams.agent(agentId), target, streams.grant(grantIdOf(crypto, tenant, agentId, principal, targetId)), streams.policy(tenant)];
  const all = principal.kind === 'user' ? [...fixed, streams.user(principal.id)] : fixed;
  const rules = basis?.rested ? [streams.trust(tenant)] : [];
  return [...all, ...(basis && basis.relied.length > all.length + rules.length ? [streams.activity(agentId)] : []), ...rules];
};

/** Gathers what a recorded decision was made on, from the ledger alone; `looksBack`: also what had been issued before. */
export const pastRequest = async (recorded: RecordedDecision, { states, usage, conditions, crypto }: PastSources, looksBack = false): Promise<AccessRequest> => {
  const { event, agentId, principal, targetId, basis, grantType, asked, grantEpoch } = recorded;
  const { tenant: tenantId, position } = event;
  const seen = (n: number): Seen => (basis ? { count: basis.relied[n] ?? 0 } : { before: position });
  const grantId = grantIdOf(crypto, tenantId, agentId, principal, targetId);
  const isUser = principal.kind === 'user';
  const [theTenant, theAgent, known, theGrant, book, theUser, rules] = await allHere([
    states.at(tenant, streams.tenant(tenantId), tenantId, seen(0)), states.at(agent, streams.agent(agentId), tenantId, seen(1)),
    isConnectionId(targetId) ? states.at(connection, streams.connection(targetId), tenantId, seen(2)) : states.at(resource, streams.resource(targetId), tenantId, seen(2)),
    basis?.asking ? ('asking' as const) : states.at(grant, streams.grant(grantId), tenantId, seen(3)), states.at(policy, streams.policy(tenantId), tenantId, seen(4)),
    isUser ? states.at(user, streams.user(principal.id), tenantId, seen(USER)) : undefined,
    basis?.rested ? states.at(trust, streams.trust(tenantId), tenantId, seen(basis.relied.length - 1)) : undefined,
  ]);
  const target = (isConnectionId(targetId) ? { kind: 'connection' as const, ...known } : known) as AccessRequest['target'];
  const family = basis || recorded.authorizationId === undefined ? undefined
    : await states.at(authorization, streams.authorization(recorded.authorizationId), tenantId, { before: position });
  const lifetime = 'tokenLifetime' in target ? target.tokenLifetime : 0;
  const now = basis?.at ?? (event.data as { readonly expiresAt: number }).expiresAt - lifetime;
  const activitySeen = book.looksBack ? basis?.relied[isUser ? USER + 1 : USER] : undefined;
  const history = activitySeen !== undefined || looksBack
    ? await usage.history(agentId, activitySeen ?? (await seenOfActivity(recorded, usage)), { principal, targetId, now }) : undefined;
  return {
    grantType, tenant: theTenant, agent: theAgent, principal, user: theUser, target, policy: book, grant: theGrant, trust: rules, grantEpoch,
    agreedAt: basis?.agreedAt ?? (family && family.status !== 'unknown' ? family.authTime : undefined), scopes: asked,
    tool: basis?.tool, attestedBy: basis?.attestedBy, met: basis?.met as readonly ObligationKind[] | undefined, deferred: basis?.deferred as readonly ObligationKind[] | undefined, history, purpose: 'issue', now, conditions,
  };
};

/** Decisions that did not look at the agent's activity stand in it themselves, but for codes. */
const seenOfActivity = ({ event, agentId }: RecordedDecision, usage: PastUsage): Promise<number> | number =>
  event.stream === streams.activity(agentId) ? event.revision : usage.countBefore(agentId, event.position);
