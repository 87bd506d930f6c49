import { randomUUID } from 'node:crypto';
import { activityEvents } from '../src/domain/activity/activity.events.js';
import { eventTypeNamed } from '../src/domain/kernel/catalogue.js';
import type { NewEvent } from '../src/domain/kernel/event.js';

export const TENANT = 'tnt_default';
const INSTANT = 1_800_000_000;
const derived = 'A'.repeat(24);

/** What an issuance writes, as large as it is in life: about 500 bytes of data. */
export const tokenIssued = (agentId: string, commandId: string, jti = `tok_${commandId}`): NewEvent => {
  const { type, data } = activityEvents.TokenIssued({
    jti, agentId, principal: { kind: 'agent', id: agentId }, resourceId: `res_${derived}`, grantId: `gnt_${derived}`, grantEpoch: 0,
    grantType: 'client_credentials', scopes: ['notes:read', 'notes:write'], denied: [{ scope: 'notes:admin', reason: 'grant.scope_missing' }],
    policyVersion: 1, ruleIds: ['allow'], inputDigest: 'd'.repeat(43), kid: 'k'.repeat(43), expiresAt: INSTANT,
  });
  return {
    id: randomUUID(), type, version: eventTypeNamed(type).version, data, tenant: TENANT, actor: { kind: 'agent', id: agentId },
    correlationId: `req_${commandId}`, causationId: `cmd_${commandId}`,
  };
};
