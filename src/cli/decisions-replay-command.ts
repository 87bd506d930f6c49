import { type Command, CommandProblem } from './command.js';
import { HubClient } from './hub-client.js';
import { plain } from './plain-text.js';

interface Mismatch {
  readonly position: string;
  readonly type: string;
  readonly agent_id: string;
  readonly recorded: object;
  readonly decided: object;
}
interface Page {
  readonly decisions: number;
  readonly unknown: number;
  readonly mismatches: readonly Mismatch[];
  readonly next: string | null;
}

/** For whoever audits: the recorded decisions are made again from the ledger alone, and have to come out the same. */
export const decisionsReplayCommand: Command = {
  usage: 'decisions replay [--from <time>] [--to <time>]',
  says: 'decides again what was decided, from the ledger alone',
  operands: 0,
  async run({ from, to, json }, around) {
    const hub = await HubClient.signIn(around, 'history:read');
    const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    let [decisions, unknown] = [0, 0];
    const mismatches: Mismatch[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = new URLSearchParams({ ...range, limit: '5000', ...(cursor === '' ? {} : { cursor }) });
      const page = (await hub.get(`/api/decisions/replay?${query.toString()}`)) as Page;
      decisions += page.decisions;
      unknown += page.unknown;
      mismatches.push(...page.mismatches);
      cursor = page.next;
      around.progress.show('Deciding again', decisions, undefined);
    }
    around.progress.clear();
    if (json) around.out(JSON.stringify({ decisions, unknown, mismatches }, null, 2));
    else for (const line of linesOf(decisions, unknown, mismatches)) around.out(plain(line));
    if (mismatches.length > 0) throw new CommandProblem(`${mismatches.length} of ${decisions} decisions come out differently.`);
  },
};

const linesOf = (decisions: number, unknown: number, mismatches: readonly Mismatch[]): readonly string[] => [
  `${decisions} decisions were made again, ${mismatches.length} came out differently.`,
  ...(unknown > 0 ? [`${unknown} were recorded by an earlier version of Mandate, which told too little of them.`] : []),
  ...mismatches.map(({ position, type, agent_id, recorded, decided }) => `${position}  ${type} of ${agent_id}: recorded ${JSON.stringify(recorded)}, decided ${JSON.stringify(decided)}`),
];
