import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NoteRefusal } from '../../commands/note-refusal.js';
import { TenantCrossings } from '../../commands/tenants/tenant-crossings.js';
import { activityEvents } from '../../domain/activity/activity.events.js';
import { asProblem } from '../errors/problem.js';
import type { AdminCaller } from './admin-caller.js';

/** A refusal is a fact (docs/architecture.md, rule 5), also one of the admin API: of a known caller, the first of its kind in a minute. What is merely mistaken is none. */
@Injectable()
export class RefusedCalls {
  constructor(private readonly bus: CommandBus, private readonly crossings: TenantCrossings) {}

  /** What `attempt` gives. When that is forbidden, or is another tenant's, it is written before the error goes on its way. */
  async recorded<T>(caller: AdminCaller, operation: string, attempt: () => T | Promise<T>, named: () => readonly string[] = () => []): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      const { status, code } = asProblem(error);
      if (status === 403 || code === 'cursor.invalid') await this.note(caller, operation, code);
      else if (status === 404 && (await this.crossings.names(caller.tenant.id, named()))) await this.note(caller, operation, 'tenant.crossing');
      throw error;
    }
  }

  private async note({ agentId, context }: AdminCaller, operation: string, reason: string): Promise<void> {
    await this.bus.execute(new NoteRefusal(activityEvents.ApiCallRefused({ agentId, operation, reason }), context));
  }
}
