import { TakeBackup, TakeBackupHandler } from '../commands/deployment/take-backup.js';
import { SYSTEM } from '../domain/kernel/event.js';
import { masterKeyLine } from '../platform/backup/archive-format.js';
import { NoPlaceForBackup, checkPlace, writeArchive } from '../platform/backup/archive-file.js';
import { linesIn } from '../platform/backup/lines-in.js';
import { type ArchiveReport, BackupDamaged } from '../platform/backup/read-archive.js';
import { masterKeyText } from '../platform/vault/open-vault.js';
import { type Command, CommandProblem, type Given, type Surroundings } from './command.js';
import { HubAway, HubClient } from './hub-client.js';
import { plain } from './plain-text.js';
import { withStoppedHub } from './stopped-hub.js';

type Lines = AsyncIterable<readonly string[]>;

export const backupCommand: Command = {
  usage: 'backup <file> [--with-master-key]',
  says: 'ledger and sealed vault of a running (or stopped) hub',
  async run({ operand: file, withMasterKey, json }, around) {
    if (file === undefined) throw new CommandProblem(`Into which file? Usage: mandate ${this.usage}`);
    placed(file);
    const masterKey = withMasterKey ? ownMasterKey(around) : undefined;
    const write = (lines: Lines) => written(file, withKey(lines, masterKey), around);
    const report = await fromHubOrStores({ withMasterKey }, around, write).catch((error: unknown) => {
      around.progress.clear();
      throw asSentence(error);
    });
    if (json) return around.out(JSON.stringify({ file, ...report }, null, 2));
    for (const line of told(file, report, around)) around.out(plain(line));
  },
};

const placed = (file: string): void => {
  try {
    checkPlace(file);
  } catch (error) {
    throw asSentence(error);
  }
};

const fromHubOrStores = async <T>({ withMasterKey }: Pick<Given, 'withMasterKey'>, around: Surroundings, write: (lines: Lines) => Promise<T>): Promise<T> => {
  let hub: HubClient;
  try {
    hub = await HubClient.signIn(around, 'deployment:backup');
  } catch (error) {
    if (!(error instanceof HubAway)) throw error;
    return withStoppedHub(around, TakeBackupHandler, async (handler) => {
      const { lines } = await handler.execute(new TakeBackup({ withMasterKey }, { actor: SYSTEM, correlationId: 'command-line' }));
      return write(lines);
    });
  }
  const body = JSON.stringify({ with_master_key: withMasterKey });
  const answer = await hub.open('/api/backups', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  return write(linesIn(answer as AsyncIterable<Uint8Array>));
};

/** The key goes behind the first line. It never comes from the hub: whoever runs this reads it from the disk or has it. */
async function* withKey(lines: Lines, masterKey: string | undefined): AsyncGenerator<readonly string[]> {
  let isFirst = true;
  for await (const some of lines) {
    if (!isFirst || some.length === 0 || masterKey === undefined) yield some;
    else yield [some[0]!, masterKeyLine(masterKey), ...some.slice(1)];
    if (some.length > 0) isFirst = false;
  }
}

const ownMasterKey = ({ config }: Surroundings): string => {
  const key = masterKeyText({ directory: config.dataDirectory, masterKey: config.masterKey });
  if (key === undefined) throw new CommandProblem(`There is no master key in ${config.dataDirectory}/keys/master.key, and MANDATE_MASTER_KEY is not set.`);
  return key;
};

const written = async (file: string, lines: Lines, { progress }: Surroundings): Promise<ArchiveReport> => {
  let total: number | undefined;
  let events = 0;
  const watched = async function* (): AsyncGenerator<readonly string[]> {
    for await (const some of lines) {
      total ??= totalIn(some[0]);
      events += some.filter((line) => line.startsWith('{"event":')).length;
      progress.show('Backing up', events, total);
      yield some;
    }
  };
  const report = await writeArchive(file, watched(), (read) => progress.show('Reading back', read, events));
  progress.clear();
  return report;
};

/** Places of an embedded ledger are counted; those of an event store say nothing about how many events there are. */
const totalIn = (headLine: string | undefined): number | undefined => {
  const through = /"through":"(\d{16})"/.exec(headLine ?? '')?.[1];
  return through === undefined ? undefined : Number(through);
};

const asSentence = (error: unknown): unknown => {
  const { message, name } = error as Error;
  if (error instanceof NoPlaceForBackup) return new CommandProblem(message);
  if (error instanceof BackupDamaged) return new CommandProblem(`The backup broke off or was not written as it was sent, and was thrown away. ${message}`);
  // What fetch says when the connection ends in the middle.
  if (name === 'TypeError' && /terminated/.test(message)) return new CommandProblem('The hub broke the backup off. Nothing was kept; look into its log.');
  return error;
};

const told = (file: string, { head, content, hasMasterKey }: ArchiveReport, { config }: Surroundings): readonly string[] => [
  `${file}: ${content.events} events and ${content.secrets} sealed secrets of ${head.takenAt}, up to ${head.through}. It was read back and is whole.`,
  `SHA-256 of the ledger ${content.ledgerDigest}`,
  ...(hasMasterKey
    ? ['THE MASTER KEY IS IN IT: whoever gets this file has every signing key and every secret. Keep it as you keep the key.']
    : [`The master key is not in it, and without the key nobody can open the vault: keep ${config.masterKey === undefined ? `${config.dataDirectory}/keys/master.key` : 'MANDATE_MASTER_KEY'} somewhere else.`]),
];
