import { activityEvents } from '../activity/activity.events.js';
import { agentEvents } from '../agent/agent.events.js';
import { approvalEvents } from '../approval/approval.events.js';
import { authorizationEvents } from '../authorization/authorization.events.js';
import { connectionEvents } from '../connection/connection.events.js';
import { credentialEvents } from '../credential/credential.events.js';
import { deploymentEvents } from '../deployment/deployment.events.js';
import { grantEvents } from '../grant/grant.events.js';
import { identityProviderEvents } from '../idp/idp.events.js';
import { keyEvents } from '../key/key.events.js';
import { policyEvents } from '../policy/policy.events.js';
import { promptEvents } from '../prompt/prompt.events.js';
import { reservationEvents } from '../reservation/reservation.events.js';
import { resourceEvents } from '../resource/resource.events.js';
import { tenantEvents } from '../tenant/tenant.events.js';
import { tokenEvents } from '../token/token.events.js';
import { trustEvents } from '../trust/trust.events.js';
import { userEvents } from '../user/user.events.js';
import { vaultEvents } from '../vault/vault.events.js';
import type { EventType } from './event-type.js';

/** Every type of event there is, by the category of the streams it stands in. docs/events.md is printed from this. */
export const catalogue = {
  deployment: deploymentEvents,
  tenant: tenantEvents,
  user: userEvents,
  agent: agentEvents,
  resource: resourceEvents,
  grant: grantEvents,
  authorization: authorizationEvents,
  connection: connectionEvents,
  credential: credentialEvents,
  idp: identityProviderEvents,
  approval: approvalEvents,
  prompt: promptEvents,
  token: tokenEvents,
  policy: policyEvents,
  trust: trustEvents,
  key: keyEvents,
  vault: vaultEvents,
  reservation: reservationEvents,
  activity: activityEvents,
} as const satisfies Record<string, Record<string, EventType<never, never> | unknown>>;

const byType = new Map<string, EventType>();
for (const events of Object.values(catalogue))
  for (const type of Object.values(events) as unknown as EventType[]) byType.set(type.type, type);

/** Throws when the type is not in the catalogue: an unknown event stops the reader, it is never skipped. */
export const eventTypeNamed = (type: string): EventType => {
  const found = byType.get(type);
  if (!found) throw new Error(`event type ${type} is not in the catalogue`);
  return found;
};

/** Brings recorded data up to the current version and checks it. */
export const readEventData = (type: string, version: number, data: unknown): unknown => {
  const known = eventTypeNamed(type);
  let current = data as Record<string, unknown>;
  for (const upcast of known.upcasters.slice(version - 1)) current = upcast(current);
  return known.parse(current);
};
