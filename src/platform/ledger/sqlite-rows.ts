import type { KeptEvent } from './kept-log.js';
import { sequencePosition } from './sequence.js';
import { type Packed, ROW_WIDTH } from './sqlite-messages.js';

/** The events of a page. */
export const unpackRows = (rows: Packed): readonly KeptEvent[] => {
  const events: KeptEvent[] = [];
  for (let at = 0; at < rows.length; at += ROW_WIDTH) {
    const [sequence, stream, revision, recordedAt, id, type, metadata, data] = rows.slice(at, at + ROW_WIDTH) as [
      number,
      string,
      number,
      number,
      string,
      string,
      string,
      string,
    ];
    events.push({
      id,
      type,
      stream,
      revision,
      position: sequencePosition(sequence),
      recordedAt: new Date(recordedAt).toISOString(),
      metadata,
      data,
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
