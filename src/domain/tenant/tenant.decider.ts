import type { Decider } from '../kernel/decider.js';
import type { DataOf } from '../kernel/fields.js';
import { Refusal } from '../kernel/refusal.js';
import { type TenantEvent, tenantEvents as on } from './tenant.events.js';

export type RegistrationPolicy = DataOf<typeof on.RegistrationPolicyChanged.fields>;

export type Tenant =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'active' | 'suspended';
      readonly tenantId: string;
      readonly slug: string;
      readonly name: string;
      readonly host?: string;
      readonly registration: RegistrationPolicy;
      readonly defaultResourceId?: string;
    };
export type KnownTenant = Exclude<Tenant, { status: 'unknown' }>;

export type TenantCommand =
  | { readonly type: 'CreateTenant'; readonly tenantId: string; readonly slug: string; readonly name: string; readonly host?: string }
  | { readonly type: 'ChangeRegistrationPolicy'; readonly registration: RegistrationPolicy }
  | { readonly type: 'ChooseDefaultResource'; readonly resourceId: string }
  | { readonly type: 'SuspendTenant'; readonly reason: string }
  | { readonly type: 'ResumeTenant' };

/** Slugs stand in URLs and must not collide with well-known paths: lower case letters, digits and inner dashes. */
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

export const tenant: Decider<Tenant, TenantCommand, TenantEvent> = {
  initial: { status: 'unknown' },

  evolve(state, { type, data }) {
    if (type === 'TenantCreated')
      return { status: 'active', ...data, registration: { dynamic: 'open', metadataDocuments: 'open', allowedHosts: [] } };
    if (state.status === 'unknown') return state;
    switch (type) {
      case 'RegistrationPolicyChanged':
        return { ...state, registration: data };
      case 'DefaultResourceChosen':
        return { ...state, defaultResourceId: data.resourceId };
      case 'TenantSuspended':
        return { ...state, status: 'suspended' };
      case 'TenantResumed':
        return { ...state, status: 'active' };
    }
  },

  decide(command, state) {
    if (command.type === 'CreateTenant') {
      if (state.status !== 'unknown') throw new Refusal('tenant.exists', 'This tenant exists already.');
      if (!SLUG.test(command.slug))
        throw new Refusal('tenant.slug_invalid', 'A slug has 1 to 40 lower case letters, digits and inner dashes.');
      const { tenantId, slug, name, host } = command;
      return [on.TenantCreated({ tenantId, slug, name, ...(host === undefined ? {} : { host }) })];
    }
    if (state.status === 'unknown') throw new Refusal('tenant.unknown', 'There is no such tenant.');
    switch (command.type) {
      case 'ChangeRegistrationPolicy':
        return [on.RegistrationPolicyChanged(command.registration)];
      case 'ChooseDefaultResource':
        return state.defaultResourceId === command.resourceId ? [] : [on.DefaultResourceChosen({ resourceId: command.resourceId })];
      case 'SuspendTenant':
        return state.status === 'suspended' ? [] : [on.TenantSuspended({ reason: command.reason })];
      case 'ResumeTenant':
        return state.status === 'active' ? [] : [on.TenantResumed({})];
    }
  },
};
