import type { Provider, Type } from '@nestjs/common';
import { AgentHistory } from '../../projections/agent-history/agent-history.queries.js';
import { EventFeed } from '../events/event-feed.js';
import { EventStreams } from '../events/event-streams.js';
import { EventsController } from '../events/events.controller.js';
import { MetricsCollector } from '../health/metrics-collector.js';
import { AdminAccess } from './admin-access.js';
import { AgentHistoryController } from './agents/agent-history.controller.js';
import { AgentListsController } from './agents/agent-lists.controller.js';
import { AgentsController } from './agents/agents.controller.js';
import { ApprovalsController } from './approvals/approvals.controller.js';
import { BackupsController } from './backups/backups.controller.js';
import { ConnectionsController } from './connections/connections.controller.js';
import { CredentialsController } from './connections/credentials.controller.js';
import { Cursors } from './cursors.js';
import { DecisionRanges } from './decisions/decision-ranges.js';
import { DecisionsController } from './decisions/decisions.controller.js';
import { endpointsOf } from './endpoint-metadata.js';
import { Escalation } from './escalation.js';
import { GrantsController } from './grants/grants.controller.js';
import { ProvidersController } from './identity-providers/providers.controller.js';
import { KeysController } from './keys/keys.controller.js';
import { ListAnswer } from './list-answer.js';
import { ListsController } from './lists.controller.js';
import { AdminEndpoints } from './openapi/admin-endpoints.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { LockOut } from './policies/lock-out.js';
import { PoliciesController } from './policies/policies.controller.js';
import { PolicyTrialsController } from './policies/policy-trials.controller.js';
import { PolicyVersions } from './policies/policy-versions.js';
import { Present } from './present.js';
import { ReadFence } from './read-fence.js';
import { RefusedCalls } from './refused-calls.js';
import { ResourcesController } from './resources/resources.controller.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { TrustController } from './trust/trust.controller.js';
import { FactorsController } from './users/factors.controller.js';
import { UsersController } from './users/users.controller.js';
import { VaultController } from './vault/vault.controller.js';

export const adminControllers: Type[] = [
  AgentHistoryController, AgentListsController, AgentsController, ApprovalsController, BackupsController, ConnectionsController, CredentialsController, DecisionsController, EventsController, FactorsController, GrantsController, KeysController,
  ListsController, OpenApiController, PoliciesController, PolicyTrialsController, ProvidersController, ResourcesController, TenantsController, TrustController, UsersController, VaultController,
];

export const adminProviders: Provider[] = [
  AdminAccess, AgentHistory, Cursors, DecisionRanges, Escalation, EventFeed, EventStreams, ListAnswer, LockOut, MetricsCollector, PolicyVersions, Present, ReadFence, RefusedCalls,
  { provide: AdminEndpoints, useValue: { all: endpointsOf(adminControllers) } },
];
