import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { ActiveGrants } from '../../../projections/active-grants/active-grants.queries.js';
import { Activity, type ActivityEntry } from '../../../projections/activity/activity.queries.js';
import { AgentDirectory, type ListedAgent } from '../../../projections/agent-directory/agent-directory.queries.js';
import type { CallOf } from '../endpoint.js';
import { listedGrantView } from '../grants/grant-view.js';
import { ListAnswer } from '../list-answer.js';
import { On } from '../on.js';
import { Present } from '../present.js';
import { type activitySchema, agentListEndpoints as endpoints, type listedAgentSchema } from './agent-lists.endpoints.js';

/** The directory of agents, to look through. */
@Controller()
export class AgentListsController {
  constructor(
    private readonly directory: AgentDirectory,
    private readonly grantsOf: ActiveGrants,
    private readonly activityOf: Activity,
    private readonly present: Present,
    private readonly answer: ListAnswer,
  ) {}

  @On(endpoints.agents)
  agents(call: CallOf<typeof endpoints.agents>) {
    const { status, owner, q } = call.query;
    return this.answer.of('agents', call, call.query, (paging) => this.directory.list(call.tenant.id, { ...paging, status, owner, search: q }), listedAgent);
  }

  @On(endpoints.grants)
  async grants(call: CallOf<typeof endpoints.grants>) {
    const { agentId } = await this.present.agent(call.tenant.id, call.parameters.agent_id);
    return this.answer.of(`grants of ${agentId}`, call, call.query, (paging) => this.grantsOf.list(call.tenant.id, { ...paging, agentId }), listedGrantView);
  }

  @On(endpoints.activity)
  async activity(call: CallOf<typeof endpoints.activity>) {
    const { agentId } = await this.present.agent(call.tenant.id, call.parameters.agent_id);
    const { outcome } = call.query;
    return this.answer.of(`activity of ${agentId}`, call, call.query, (paging) => this.activityOf.list(call.tenant.id, { ...paging, agentId, outcome }), entry);
  }
}

const listedAgent = (agent: ListedAgent): z.infer<typeof listedAgentSchema> => ({
  agent_id: agent.agentId, client_id: agent.clientId, name: agent.name, status: agent.status, owner: agent.owner, registered_by: agent.method,
  ...(agent.leaseUntil === undefined ? {} : { lease_until: agent.leaseUntil }),
  token_endpoint_auth_method: agent.authMethod as z.infer<typeof listedAgentSchema>['token_endpoint_auth_method'],
  grant_types: [...agent.grantTypes], redirect_hosts: [...agent.redirectHosts],
  ...(agent.clientUri === undefined ? {} : { client_uri: agent.clientUri }),
  registered_at: agent.registeredAt, ...(agent.lastUsedAt === undefined ? {} : { last_used_at: agent.lastUsedAt }),
  tokens_issued: agent.tokensIssued, tokens_refused: agent.tokensRefused,
});

const entry = ({ eventId, position, type, at, outcome, reason, grantType, resourceId, principal, grantId, jti, scopes }: ActivityEntry): z.infer<typeof activitySchema> => ({
  event_id: eventId, position, type, at, outcome, scopes: [...scopes],
  ...(reason === undefined ? {} : { reason }), ...(grantType === undefined ? {} : { grant_type: grantType }),
  ...(resourceId === undefined ? {} : { resource_id: resourceId }), ...(principal === undefined ? {} : { principal }),
  ...(grantId === undefined ? {} : { grant_id: grantId }), ...(jti === undefined ? {} : { jti }),
});
