import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

export const tenantEvents = {
  TenantCreated: eventType('TenantCreated', 'An isolated customer came to be.', {
    tenantId: f.id(), slug: f.word(), name: f.text('none', 200), host: f.optional(f.word()),
  }),
  RegistrationPolicyChanged: eventType('RegistrationPolicyChanged', 'Who may register agents by RFC 7591 and by metadata document changed.', {
    dynamic: f.oneOf('open', 'closed'), metadataDocuments: f.oneOf('open', 'closed'), allowedHosts: f.list(f.word()),
  }),
  DefaultResourceChosen: eventType('DefaultResourceChosen', 'Requests that name no resource (RFC 8707) mean this one.', { resourceId: f.id() }),
  TenantSuspended: eventType('TenantSuspended', 'Nothing is issued in the tenant until it is resumed.', { reason: f.text('none', 500) }),
  TenantResumed: eventType('TenantResumed', 'The tenant issues again.', {}),
} as const;
export type TenantEvent = EventsOf<typeof tenantEvents>;
