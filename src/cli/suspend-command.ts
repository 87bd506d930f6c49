import { type Command, CommandProblem, checkReason } from './command.js';
import { findAgent } from './directory.js';
import { HubClient } from './hub-client.js';
import { plain } from './plain-text.js';

export const suspendCommand: Command = {
  usage: 'suspend <agent> --reason <text>',
  says: 'the agent gets nothing from now on',
  async run({ operand, reason, json }, around) {
    if (operand === undefined) throw new CommandProblem(`Which agent? Usage: mandate ${this.usage}`);
    checkReason(reason);
    const hub = await HubClient.signIn(around, 'directory:read', 'directory:write');
    const { agentId, name } = await findAgent(hub, operand);
    const answer = await hub.post(`/api/agents/${agentId}/suspend`, { reason });
    around.out(json ? JSON.stringify(answer, null, 2) : plain(`${name} (${agentId}) is suspended. It gets nothing, and what it has stops working.`));
  },
};
