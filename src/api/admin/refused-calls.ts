import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NoteRefusal } from '../../commands/note-refusal.js';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { asProblem } from '../http/problem.js';
import type { AdminCaller } from './admin-caller.js';

/** A refusal is a fact (DESIGN rule 5), also one of the admin API: of a known caller, the first of its kind in a minute. */
@Injectable()
export class RefusedCalls {
  constructor(private readonly bus: CommandBus) {}

  /** What `attempt` gives. When it throws a 403, that is written before it goes on its way. */
  async recorded<T>(caller: AdminCaller, operation: string, attempt: () => T | Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      const { status, code } = asProblem(error);
      if (status === 403) await this.note(caller, operation, code);
      throw error;
    }
  }

  private async note({ agentId, context }: AdminCaller, operation: string, reason: string): Promise<void> {
    await this.bus.execute(new NoteRefusal(activityEvents.ApiCallRefused({ agentId, operation, reason }), context));
  }
}
