import { eventView } from '../api/events/event-view.js';
import { ArchiveReader } from '../platform/backup/read-archive.js';
import { linesIn } from '../platform/backup/lines-in.js';
import { type KeptEvent, keptEvents } from '../platform/ledger/kept-log.js';
import { LedgerLocked } from '../platform/ledger/ledger-file.js';
import { readOperatorFile } from '../platform/operator-credentials.js';
import { type NewerEvents, newerEvents } from '../platform/transfer/newer-events.js';
import { type LedgerName, ledgerNamed, openKeptLog, titleOf } from '../platform/transfer/open-kept-log.js';
import type { Surroundings } from './command.js';
import { HubClient } from './hub-client.js';
import { asProblem } from './ledger-problems.js';
import { timeline } from './timeline.js';

/** What an old ledger, or a hub that still runs on it, has seen since the backup. */
export class LostByRestore {
  constructor(private readonly title: string, private readonly newer: NewerEvents) {}

  asJson(): object {
    const { byType, ends, ...rest } = this.newer;
    return { ...rest, byType: Object.fromEntries(byType), ends: ends.map(eventView) };
  }

  lines(): readonly string[] {
    const { events, byType, from, until, ends, endsInAll } = this.newer;
    if (events === 0) return [`${this.title} has nothing newer than the backup.`];
    const counts = [...byType].toSorted(([, a], [, b]) => b - a).map(([type, count]) => `  ${type} ${count}`);
    return [
      `${this.title} has ${events} newer events, from ${from!} to ${until!}:`, ...counts,
      ...(endsInAll === 0 ? ['None of them took anything away from anybody.'] : ['These took something away from somebody, and are forgotten:', ...timeline(ends.map(eventView)).map((line) => `  ${line}`)]),
      ...(endsInAll > ends.length ? [`  and ${endsInAll - ends.length} more`] : []),
    ];
  }
}

/** `old`: a data directory, a ledger file or an event store. A directory whose hub still runs is asked through that hub. */
export const lostByRestore = async (old: string, around: Surroundings): Promise<LostByRestore> => {
  const name = ledgerNamed(old);
  const restored = await openKeptLog(ledgerNamed(around.config.dataDirectory));
  try {
    const seen = (events: number): void => around.progress.show('Comparing', events, undefined);
    return new LostByRestore(titleOf(name), await asProblem(() => compared(name, old, around, (later) => newerEvents(restored, later, seen))));
  } finally {
    around.progress.clear();
    await restored.close();
  }
};

const compared = async <T>(name: LedgerName, old: string, around: Surroundings, work: (later: AsyncIterable<KeptEvent>) => Promise<T>): Promise<T> => {
  try {
    const log = await openKeptLog(name);
    try {
      return await work(keptEvents(log, ''));
    } finally {
      await log.close();
    }
  } catch (error) {
    const operator = error instanceof LedgerLocked ? readOperatorFile(old) : undefined;
    if (!operator) throw error;
    const hub = await HubClient.signIn({ config: { ...around.config, dataDirectory: old }, operator, url: operator.issuer }, 'deployment:backup');
    const answer = await hub.open('/api/backups', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    return work(eventsIn(answer as AsyncIterable<Uint8Array>));
  }
};

/** Of a backup that is read and not kept. */
async function* eventsIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<KeptEvent> {
  const reader = new ArchiveReader();
  for await (const lines of linesIn(chunks)) {
    for (const line of lines) {
      const item = reader.read(line);
      if (item?.kind === 'event') yield item.event;
    }
  }
  reader.result();
}
