import { Injectable } from '@nestjs/common';
import { LiveState } from '../../commands/live-state.js';
import { ProjectionProgress } from '../../projections/projection-status.js';
import { ApiProblem } from '../errors/problem.js';
import { malformed } from './admin-problems.js';

const MOST_MILLISECONDS = 2_000;

/** `If-Ledger-At-Least`: a read that must show one's own write waits for it, and says so when it takes too long. */
@Injectable()
export class ReadFence {
  constructor(private readonly live: LiveState, private readonly progress: ProjectionProgress) {}

  async wait(header: string | readonly string[] | undefined, readModel: boolean): Promise<void> {
    if (header === undefined) return;
    if (typeof header !== 'string' || !/^[\w-]{1,128}$/.test(header)) throw malformed('position.invalid', 'If-Ledger-At-Least is not a position as Ledger-Position gives it.');
    if (await (readModel ? this.progress.waitFor(header, MOST_MILLISECONDS) : this.live.reached(header, MOST_MILLISECONDS))) return;
    throw new ApiProblem({
      status: 503, code: 'read_model.behind', title: 'Not available', detail: 'What stands at that place in the ledger is not seen here yet; try again.',
      headers: { 'retry-after': '1' },
    });
  }
}
