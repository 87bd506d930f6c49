import type { Owner } from '../../domain/agent/agent.events.js';

/** Accountable for what registered itself, until somebody claims it. */
export const TENANT_ADMINS: Owner = { kind: 'team', id: 'tenant-admins' };
