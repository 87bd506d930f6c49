import { activeGrants } from './active-grants/active-grants.projection.js';
import { activity } from './activity/activity.projection.js';
import { agentDirectory } from './agent-directory/agent-directory.projection.js';
import { approvals } from './approvals/approvals.projection.js';
import { connections } from './connections/connections.projection.js';
import { credentials } from './credentials/credentials.projection.js';
import type { Projection } from './projection.js';
import { resources } from './resources/resources.projection.js';
import { tenants } from './tenants/tenants.projection.js';
import { vaultRotations } from './vault-rotations/vault-rotations.projection.js';
import { users } from './users/users.projection.js';

/** Every read model there is. */
export const allProjections: readonly Projection[] = [activeGrants, activity, agentDirectory, approvals, connections, credentials, resources, tenants, users, vaultRotations];
