import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Clock } from '../domain/ports/clock.js';
import { Ledger } from '../domain/ports/ledger.js';
import { ActiveGrants } from './active-grants/active-grants.queries.js';
import { Activity } from './activity/activity.queries.js';
import { AgentDirectory } from './agent-directory/agent-directory.queries.js';
import { AgentHistory } from './agent-history/agent-history.queries.js';
import { allProjections } from './all-projections.js';
import { Approvals } from './approvals/approvals.queries.js';
import { Connections } from './connections/connections.queries.js';
import { Credentials } from './credentials/credentials.queries.js';
import { ProjectionProgress } from './projection-status.js';
import { ReadDatabase } from './read-database.js';
import { ReadModels } from './read-models.js';
import { Resources } from './resources/resources.queries.js';
import { ProjectionRunner } from './feeding/runner.js';
import { Tenants } from './tenants/tenants.queries.js';
import { Users } from './users/users.queries.js';
import { VaultRotations } from './vault-rotations/vault-rotations.queries.js';
import { ProjectionWatch } from './feeding/watch.js';

const queries = [ActiveGrants, Activity, AgentDirectory, AgentHistory, Approvals, Connections, Credentials, ReadModels, Resources, Tenants, Users, VaultRotations];

/** Whether this process feeds the read models or only asks those that others feed. */
export type ReadModelRole = 'feed' | 'watch';

const progressBy = (type: typeof ProjectionRunner | typeof ProjectionWatch): Provider[] => [
  {
    provide: type,
    useFactory: (ledger: Ledger, database: ReadDatabase, clock: Clock) => new type({ ledger, database, clock, projections: allProjections }),
    inject: [Ledger, ReadDatabase, Clock],
  },
  { provide: ProjectionProgress, useExisting: type },
];

/** Read models and what asks them. The platform module that binds the ports is given by whoever composes the application. */
@Module({})
export class ProjectionsModule {
  /** Nothing is read until `start()` of the ProjectionRunner ('feed') or the ProjectionWatch ('watch'). */
  static on(platform: DynamicModule, role: ReadModelRole = 'feed'): DynamicModule {
    const type = role === 'feed' ? ProjectionRunner : ProjectionWatch;
    return { module: ProjectionsModule, imports: [platform], providers: [...queries, ...progressBy(type)], exports: [...queries, type, ProjectionProgress] };
  }
}
