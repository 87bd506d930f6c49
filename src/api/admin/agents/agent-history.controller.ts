import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { START } from '../../../domain/kernel/event.js';
import { streams } from '../../../domain/kernel/ids.js';
import { ActiveGrants } from '../../../projections/active-grants/active-grants.queries.js';
import { AgentHistory, type HistoryQuestion } from '../../../projections/agent-history/agent-history.queries.js';
import { ReadModelUnavailable } from '../../../projections/read-database.js';
import { eventSchema, eventView } from '../../events/event-view.js';
import { Cursors } from '../cursors.js';
import { pageOf, pageQuery } from '../common.schemas.js';
import { type CallOf, endpoint } from '../endpoint.js';
import { On } from '../on.js';
import { unknownThing } from '../path-parameters.js';

const LIST = 'agent-history';
const MOST_UNUSED = 200;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const isMoment = (text: string): boolean =>
  TIME.test(text) ? !Number.isNaN(Date.parse(text)) : /^[\w-]{1,128}$/.test(text) && !DATE.test(text);
const asOf = z.string().refine(isMoment, 'must be a time such as 2026-01-31T12:00:00Z, or a Ledger-Position')
  .optional().describe('The history as it stood then: a time (RFC 3339), or a Ledger-Position');

const agentHistoryEndpoints = {
  history: endpoint({
    name: 'readAgentHistory', verb: 'get', path: 'api/agents/:agent_id/history', scope: 'history:read',
    query: pageQuery.extend({ asOf }), answer: pageOf(eventSchema),
    says: 'Everything that happened to the agent and everything it did, oldest first, read from the ledger itself.',
  }),
};

const until = (text: string | undefined): Pick<HistoryQuestion, 'until'> => {
  if (text === undefined) return {};
  return { until: TIME.test(text) ? { time: new Date(text).toISOString() } : { position: text } };
};

@Controller()
export class AgentHistoryController {
  constructor(
    private readonly histories: AgentHistory,
    private readonly grants: ActiveGrants,
    private readonly cursors: Cursors,
  ) {}

  @On(agentHistoryEndpoints.history)
  async history({ tenant, parameters, query }: CallOf<typeof agentHistoryEndpoints.history>) {
    const list = `${LIST} ${parameters.agent_id}`;
    const after = this.cursors.open(list, tenant.id, query.cursor) ?? START;
    const page = await this.histories.page({ tenant: tenant.id, agentId: parameters.agent_id, after, limit: query.limit, ...until(query.asOf), alsoStreams: await this.grantsOf(tenant.id, parameters.agent_id) });
    if (!page) throw unknownThing('agent_id');
    return { items: page.events.map(eventView), next: page.next === undefined ? null : this.cursors.seal(list, tenant.id, page.next) };
  }

  /** Grants that were never used are mentioned nowhere else. While they can't be listed the history goes without those. */
  private async grantsOf(tenant: string, agentId: string): Promise<readonly string[]> {
    try {
      const { items } = await this.grants.list(tenant, { agentId, limit: MOST_UNUSED });
      return items.map(({ grantId }) => streams.grant(grantId));
    } catch (error) {
      if (error instanceof ReadModelUnavailable) return [];
      throw error;
    }
  }
}
