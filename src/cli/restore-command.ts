import { HalfRestored } from '../platform/backup/restore-mark.js';
import { NotEmpty } from '../platform/backup/data-directory.js';
import { BackupDamaged } from '../platform/backup/read-archive.js';
import { type RestoreReport, restoreBackup } from '../platform/backup/restore-backup.js';
import { WrongKey } from '../platform/backup/restored-key.js';
import { type Command, CommandProblem, type Given, type Surroundings } from './command.js';
import { asProblem } from './ledger-problems.js';
import { lostByRestore } from './lost-by-restore.js';
import { plain } from './plain-text.js';

export const restoreCommand: Command = {
  usage: 'restore <file> [--compare <old>] [--keep-sessions]',
  says: 'fills the empty data directory from a backup',
  isOffline: true,
  async run(given, around) {
    const { operand: file, keepSessions, compare, json } = given;
    if (file === undefined) throw new CommandProblem(`From which file? Usage: mandate ${this.usage}`);
    const report = await restored(file, given, around);
    const lost = compare === undefined ? undefined : await lostByRestore(compare, around);
    if (json) return around.out(JSON.stringify({ ...report, directory: around.config.dataDirectory, ...(lost ? { lost: lost.asJson() } : {}) }, null, 2));
    for (const line of [...told(file, report, around), ...(lost?.lines() ?? []), ...whatNext(report, { keepSessions }, around)]) around.out(plain(line));
  },
};

const restored = async (file: string, { keepSessions }: Given, { config, progress }: Surroundings): Promise<RestoreReport> => {
  const { dataDirectory: directory, masterKey } = config;
  try {
    return await asProblem(() => restoreBackup({ file, directory, masterKey, keepSessions }, {
      restored: (events) => progress.show('Restoring', events, undefined),
      verified: (events) => progress.show('Verifying', events, undefined),
    }));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CommandProblem(`There is no ${file}.`);
    if (error instanceof BackupDamaged || error instanceof NotEmpty || error instanceof WrongKey || error instanceof HalfRestored) throw new CommandProblem(message);
    throw error;
  } finally {
    progress.clear();
  }
};

const told = (file: string, { head, content, streams, lastRecordedAt }: RestoreReport, { config }: Surroundings): readonly string[] => [
  `${config.dataDirectory} is restored from ${file} and verified: ${content.events} events in ${streams} streams, every one of them readable.`,
  `The backup was taken at ${head.takenAt}. Its last event is at ${head.through}, of ${lastRecordedAt ?? 'never'}. Whatever happened after that is forgotten:`,
  'suspensions, revocations, changed passwords and secrets, refresh tokens that were exchanged.',
];

const whatNext = ({ key, leftOut }: RestoreReport, { keepSessions }: Pick<Given, 'keepSessions'>, { config }: Surroundings): readonly string[] => [
  ...(keepSessions
    ? ['Everything goes on as it was, since --keep-sessions says that nothing happened after the backup.']
    : [
      `Nobody is signed in any more, and no code, refresh token or access token from before counts (${leftOut} secrets were left out).`,
      'The hub starts in quarantine: it issues nothing to anybody but the operator of this machine. Look at what was forgotten, do again what has',
      'to be done (mandate suspend, the admin API), and then run: npx mandate release --reason <text>',
    ]),
  ...(key.kind === 'missing' ? [`The master key is missing: put it into ${config.dataDirectory}/keys/master.key (chmod 600), or set MANDATE_MASTER_KEY, before you start the hub.`] : []),
  ...(key.kind === 'brought' ? [`The master key of the backup is in ${key.file}.`] : []),
  ...(config.eventStoreUrl === undefined ? [] : [`EVENTSTORE_URL is set: copy the ledger there before you start the hub (npx mandate ledger copy ${config.dataDirectory} "$EVENTSTORE_URL").`]),
  ...(config.databaseUrl === undefined ? [] : ['DATABASE_URL is set: copy the vault there before you start the hub (npx mandate vault copy).']),
];
