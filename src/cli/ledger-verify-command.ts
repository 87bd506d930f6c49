import { checkLedger, type LedgerReport } from '../platform/transfer/ledger-check.js';
import { ledgerNamed, openKeptLog, storeProblems, titleOf } from '../platform/transfer/open-kept-log.js';
import { type Command, CommandProblem, type Surroundings } from './command.js';
import { asProblem } from './ledger-problems.js';
import { plain } from './plain-text.js';

export const ledgerVerifyCommand: Command = {
  usage: 'ledger verify [<ledger>]',
  says: 'reads the whole ledger and says whether it is whole',
  isOffline: true,
  async run({ operand, json }, around) {
    const name = ledgerNamed(operand ?? ownLedger(around));
    const report = await asProblem(async () => {
      const log = await openKeptLog(name);
      try {
        const broken = await storeProblems(log);
        const found = await checkLedger(log, (events) => around.progress.show('Verifying', events, undefined));
        return { ...found, problems: [...broken, ...found.problems], problemsInAll: broken.length + found.problemsInAll };
      } finally {
        around.progress.clear();
        await log.close();
      }
    });
    if (json) around.out(JSON.stringify(report, null, 2));
    else for (const line of linesOf(titleOf(name), report)) around.out(plain(line));
    if (report.problemsInAll > 0) throw new CommandProblem(`The ledger ${titleOf(name)} is not whole.`);
  },
};

/** The one that the hub of this data directory uses. */
export const ownLedger = ({ config }: Surroundings): string => config.eventStoreUrl ?? config.dataDirectory;

const linesOf = (title: string, { events, streams, digest, lastRecordedAt, problems, problemsInAll }: LedgerReport): readonly string[] => {
  const counted = `${title}: ${events} events in ${streams} streams${lastRecordedAt === undefined ? '' : `, the last of ${lastRecordedAt}`}`;
  if (problemsInAll === 0) return [counted, `Every event can be read, each stream is without a hole, no event stands twice.`, `SHA-256 ${digest}`];
  const more = problemsInAll - problems.length;
  return [counted, ...problems, ...(more > 0 ? [`and ${more} more`] : [])];
};
