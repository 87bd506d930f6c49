import { type DynamicModule, Module } from '@nestjs/common';
import { Clock } from '../domain/ports/clock.js';
import { Ledger } from '../domain/ports/ledger.js';
import { ActiveGrants } from './active-grants/active-grants.queries.js';
import { Activity } from './activity/activity.queries.js';
import { AgentDirectory } from './agent-directory/agent-directory.queries.js';
import { AgentHistory } from './agent-history.queries.js';
import { allProjections } from './all-projections.js';
import { ProjectionProgress } from './projection-status.js';
import { ReadDatabase } from './read-database.js';
import { ReadModels } from './read-models.js';
import { Resources } from './resources/resources.queries.js';
import { ProjectionRunner } from './runner.js';
import { Tenants } from './tenants/tenants.queries.js';
import { Users } from './users/users.queries.js';

const queries = [ActiveGrants, Activity, AgentDirectory, AgentHistory, ReadModels, Resources, Tenants, Users];

const runner = {
  provide: ProjectionRunner,
  useFactory: (ledger: Ledger, database: ReadDatabase, clock: Clock) => new ProjectionRunner({ ledger, database, clock, projections: allProjections }),
  inject: [Ledger, ReadDatabase, Clock],
};
const progress = { provide: ProjectionProgress, useExisting: ProjectionRunner };

/** Read models and what asks them. The platform module that binds the ports is given by whoever composes the application. */
@Module({})
export class ProjectionsModule {
  /** Nothing is read until `ProjectionRunner.start()`. */
  static on(platform: DynamicModule): DynamicModule {
    return { module: ProjectionsModule, imports: [platform], providers: [...queries, runner, progress], exports: [...queries, ProjectionRunner, ProjectionProgress] };
  }
}
