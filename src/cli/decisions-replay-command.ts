import { type Command, CommandProblem } from './command.js';
import { HubClient } from './hub-client.js';
import { EVENTS_AT_ONCE, walk } from './ledger-walk.js';
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
  readonly reached: string | null;
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
    const ask = async (cursor: object): Promise<Page> => (await hub.get(`/api/decisions/replay?${new URLSearchParams({ ...range, limit: String(EVENTS_AT_ONCE), ...cursor }).toString()}`)) as Page;
    for await (const page of walk(hub, { from, to }, ask, around, 'Deciding again')) {
      decisions += page.decisions;
      unknown += page.unknown;
      mismatches.push(...page.mismatches);
    }
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
