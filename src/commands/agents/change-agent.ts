import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type AgentCommand, agent } from '../../domain/agent/agent.decider.js';
import type { Position } from '../../domain/kernel/event.js';
import { streams } from '../../domain/kernel/ids.js';
import type { CommandContext } from '../command-context.js';
import { Write } from '../write.js';

type Change = Extract<AgentCommand, { type: 'ChangeOwner' | 'ChangeTags' | 'SuspendAgent' | 'ResumeAgent' | 'RenewLease' | 'ExpireLease' | 'RetireAgent' }>;

/** Suspend, resume, retire, a new owner, other tags, a longer lease. */
export class ChangeAgent extends Command<Position> {
  constructor(readonly agentId: string, readonly change: Change, readonly context: CommandContext) {
    super();
  }
}

@CommandHandler(ChangeAgent)
export class ChangeAgentHandler implements ICommandHandler<ChangeAgent> {
  constructor(private readonly write: Write) {}

  async execute({ agentId, change, context }: ChangeAgent): Promise<Position> {
    return (await this.write.to(agent, streams.agent(agentId), change, context)).position;
  }
}
