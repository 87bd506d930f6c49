import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { ReplayDecisions } from '../../../commands/decisions/replay-decisions.js';
import { type CallOf, endpoint } from '../endpoint.js';
import { On } from '../on.js';
import { DecisionRanges, eventLimitInQuery, rangePage } from './decision-ranges.js';

const LIST = 'replay';
const members = z.record(z.string(), z.unknown());

const decisionEndpoints = {
  replay: endpoint({
    name: 'replayDecisions', verb: 'get', path: 'api/decisions/replay', scope: 'history:read',
    says: 'Decides again what was decided, on what the ledger says that it was decided on, page by page. Any mismatch is an error.',
    query: z.strictObject({ ...rangePage, limit: eventLimitInQuery }),
    answer: z.strictObject({
      decisions: z.int(), unknown: z.int().describe('Recorded by an earlier version of Mandate, which told too little of them'),
      mismatches: z.array(z.strictObject({ position: z.string(), type: z.string(), agent_id: z.string(), recorded: members, decided: members })),
      reached: z.string().nullable().describe('Time of the last event that was looked at'), next: z.string().nullable().describe('Cursor of the next page; null when this is the last'),
    }),
  }),
};

@Controller()
export class DecisionsController {
  constructor(private readonly replays: ReplayDecisions, private readonly ranges: DecisionRanges) {}

  @On(decisionEndpoints.replay)
  async replay(call: CallOf<typeof decisionEndpoints.replay>) {
    const range = this.ranges.read(LIST, call, call.query);
    const { decisions, unknown, mismatches, reached, ...place } = await this.replays.page(range);
    return {
      decisions, unknown, reached: reached ?? null, next: this.ranges.next(LIST, range, place),
      mismatches: mismatches.map(({ agentId, ...rest }) => ({ ...rest, agent_id: agentId })),
    };
  }
}
