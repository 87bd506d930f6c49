import { type Command, checkReason } from './command.js';
import { HubClient } from './hub-client.js';

export const releaseCommand: Command = {
  usage: 'release --reason <text>',
  says: 'a restored hub issues again: what its backup forgot is seen to',
  async run({ reason, json }, around) {
    checkReason(reason, 'Say with --reason what was looked at; it stands in the ledger.');
    const hub = await HubClient.signIn(around, 'deployment:release');
    const answer = (await hub.post('/api/deployment/release', { reason })) as { readonly released: boolean };
    if (json) return around.out(JSON.stringify(answer, null, 2));
    around.out(answer.released ? 'The hub issues again.' : 'There was no quarantine: the hub issues already.');
  },
};
