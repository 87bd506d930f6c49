import { LedgerAudit } from '../domain/audit/ledger-audit.js';
import type { Violation } from '../domain/audit/violation.js';
import { CelConditions } from '../platform/cel-conditions.js';
import { type KeptLog, eventsIn } from '../platform/ledger/kept-log.js';
import { checkLedger, type LedgerReport } from '../platform/transfer/ledger-check.js';
import { ledgerNamed, openKeptLog, storeProblems, titleOf } from '../platform/transfer/open-kept-log.js';
import { type Command, CommandProblem, type Surroundings } from './command.js';
import { asProblem } from './ledger-problems.js';
import { plain } from './plain-text.js';
import type { Progress } from './progress.js';

/** What the store holds, and what the events say of the promises: only of a ledger that is whole can that be told. */
interface Verified extends LedgerReport {
  readonly violations: readonly Violation[];
  readonly violationsInAll: number;
}

export const ledgerVerifyCommand: Command = {
  usage: 'ledger verify [<ledger>]',
  says: 'reads the whole ledger: is it whole, and was every promise kept?',
  isOffline: true,
  async run({ operand, json }, around) {
    const name = ledgerNamed(operand ?? ownLedger(around));
    const report = await asProblem(async () => {
      const log = await openKeptLog(name);
      try {
        return await verified(log, around.progress);
      } finally {
        around.progress.clear();
        await log.close();
      }
    });
    if (json) around.out(JSON.stringify(report, null, 2));
    else for (const line of linesOf(titleOf(name), report)) around.out(plain(line));
    if (report.problemsInAll > 0) throw new CommandProblem(`The ledger ${titleOf(name)} is not whole.`);
    if (report.violationsInAll > 0) throw new CommandProblem(`The ledger ${titleOf(name)} breaks ${report.violationsInAll} of Mandate's promises.`);
  },
};

/** The one that the hub of this data directory uses. */
const ownLedger = ({ config }: Surroundings): string => config.eventStoreUrl ?? config.dataDirectory;

const verified = async (log: KeptLog, progress: Progress, keepsAll = false): Promise<Verified> => {
  const total = await eventsIn(log);
  const audit = new LedgerAudit(new CelConditions(), undefined, { isWhole: true, keepsAll });
  const broken = await storeProblems(log);
  const found = await checkLedger(log, (events) => progress.show(keepsAll ? 'Once more, keeping all' : 'Verifying', events, total), (event) => audit.see(event));
  // Where a clock was ahead, tokens were taken for over that were not.
  if (!audit.isExact) return verified(log, progress, true);
  const problemsInAll = broken.length + found.problemsInAll;
  const { violations, violationsInAll } = problemsInAll === 0 ? audit.result() : { violations: [], violationsInAll: 0 };
  return { ...found, problems: [...broken, ...found.problems], problemsInAll, violations, violationsInAll };
};

const MOST_TOLD = 20;

const linesOf = (title: string, report: Verified): readonly string[] => {
  const { events, streams, digest, lastRecordedAt, problems, problemsInAll, violations, violationsInAll } = report;
  const counted = `${title}: ${events} events in ${streams} streams${lastRecordedAt === undefined ? '' : `, the last of ${lastRecordedAt}`}`;
  if (problemsInAll > 0) return [counted, ...problems, ...more(problemsInAll - problems.length), 'Whether every promise was kept can only be told of a ledger that is whole.'];
  const whole = [counted, 'Every event can be read, each stream is without a hole, no event stands twice.', `SHA-256 ${digest}`];
  if (violationsInAll === 0)
    return [...whole, 'Every promise was kept: each code was redeemed once, no refresh family has two live leaves, no token or loan stands behind what forbids it.'];
  const told = violations.slice(0, MOST_TOLD).map(({ sentence }) => sentence);
  return [...whole, ...told, ...more(violationsInAll - told.length)];
};

const more = (count: number): readonly string[] => (count > 0 ? [`and ${count} more`] : []);
