import { type KeptLog, eventsIn } from '../platform/ledger/kept-log.js';
import { copyLedger } from '../platform/transfer/copy-ledger.js';
import { EventStoreTarget } from '../platform/transfer/event-store-target.js';
import type { LedgerTarget } from '../platform/transfer/ledger-target.js';
import { type LedgerName, ledgerNamed, openKeptLog, titleOf } from '../platform/transfer/open-kept-log.js';
import { SqliteTarget } from '../platform/transfer/sqlite-target.js';
import { type Command, CommandProblem, type Surroundings } from './command.js';
import { asProblem } from './ledger-problems.js';
import { plain } from './plain-text.js';

export const ledgerCopyCommand: Command = {
  usage: 'ledger copy <from> <to>',
  says: 'moves a ledger into another store: a file, a data directory, esdb://…',
  operands: 2,
  isOffline: true,
  async run({ operands: [from, to], json }, around) {
    if (from === undefined || to === undefined) throw new CommandProblem(`From where, and where to? Usage: mandate ${this.usage}`);
    const [source, target] = [ledgerNamed(from), ledgerNamed(to)];
    if (source.kind === 'event-store' && target.kind === 'event-store')
      throw new CommandProblem('Between two event stores a ledger goes by their own means, or by way of a file: copy it there, and from there on.');
    const report = await asProblem(() => withBoth(source, target, (log, copy) => copyWatched(log, copy, around)));
    if (json) return around.out(JSON.stringify(report, null, 2));
    around.out(plain(`${titleOf(target)} holds what ${titleOf(source)} holds: ${report.events} events in ${report.streams} streams, ${report.written} of them written now.`));
    around.out('Both were read from the beginning to the end and are the same. Places differ between stores: read models are built anew,');
    around.out('and whoever keeps a cursor of /events begins from the start.');
    around.out(`SHA-256 ${report.digest}`);
  },
};

const withBoth = async <T>(source: LedgerName, target: LedgerName, work: (log: KeptLog, copy: LedgerTarget) => Promise<T>): Promise<T> => {
  const log = await openKeptLog(source);
  try {
    const copy = await (target.kind === 'sqlite' ? SqliteTarget.open(target.file) : EventStoreTarget.connect(target.url));
    try {
      return await work(log, copy);
    } finally {
      await copy.close();
    }
  } finally {
    await log.close();
  }
};

const copyWatched = async (log: KeptLog, copy: LedgerTarget, { progress, out }: Surroundings) => {
  const total = await eventsIn(log);
  const found = (events: number): void => {
    progress.clear();
    if (events > 0) out(`${events} events are there already; going on behind them.`);
  };
  try {
    return await copyLedger(log, copy, {
      found,
      copied: (events) => progress.show('Copying', events, total),
      compared: (events) => progress.show('Comparing', events, total),
    });
  } finally {
    progress.clear();
  }
};
