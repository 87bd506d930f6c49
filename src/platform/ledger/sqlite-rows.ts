import type { KeptEvent } from './kept-log.js';
import { sequencePosition } from './sequence.js';
import { type Packed, ROW_WIDTH } from './sqlite-messages.js';

/** The events of a page. */
export const unpackRows = (rows: Packed): readonly KeptEvent[] => {
  const events: KeptEvent[] = [];
  for (let at = 0; at < rows.length; at += ROW_WIDTH) {
    events.push({
      id: rows[at + 4] as string,
      type: rows[at + 5] as string,
      stream: rows[at + 1] as string,
      revision: rows[at + 2] as number,
      position: sequencePosition(rows[at] as number),
      recordedAt: new Date(rows[at + 3] as number).toISOString(),
      metadata: rows[at + 6] as string,
      data: rows[at + 7] as string,
    });
  }
  return events;
};

/** The way back, for an import: which place an event had where it comes from does not count. */
export const packRows = (events: readonly KeptEvent[]): Packed => {
  const rows: (string | number)[] = [];
  for (const { stream, revision, recordedAt, id, type, metadata, data } of events)
    rows.push(0, stream, revision, Date.parse(recordedAt), id, type, metadata, data);
  return rows;
};
