import { type DynamicModule, Module } from '@nestjs/common';
import { ActiveGrants } from './active-grants/active-grants.queries.js';
import { Activity } from './activity/activity.queries.js';
import { AgentDirectory } from './agent-directory/agent-directory.queries.js';
import { AgentHistory } from './agent-history.queries.js';
import { ReadModels } from './read-models.js';
import { Resources } from './resources/resources.queries.js';
import { Tenants } from './tenants/tenants.queries.js';
import { Users } from './users/users.queries.js';

const queries = [ActiveGrants, Activity, AgentDirectory, AgentHistory, ReadModels, Resources, Tenants, Users];

/** Read models and what asks them. The platform module that binds the ports is given by whoever composes the application. */
@Module({})
export class ProjectionsModule {
  static on(platform: DynamicModule): DynamicModule {
    return { module: ProjectionsModule, imports: [platform], providers: queries, exports: queries };
  }
}
