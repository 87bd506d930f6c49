import { table } from '../figures.js';
import type { GrowthFigures, Memory, SizeFigures } from './growth-figures.js';
import type { Latency } from './histories.js';

type Row = readonly [what: string, figure: (size: SizeFigures) => string];
const whole = (n: number | undefined): string => (n === undefined ? '' : Math.round(n).toLocaleString('en'));
const pair = (latency: Latency | undefined): string => (latency ? `${latency.p50Ms} / ${latency.p95Ms}` : '');
const resident = (memory: Memory | undefined): string => (memory ? `${whole(memory.idle)} / ${whole(memory.underLoad)}` : '');
const starting = ({ listening, firstToken }: SizeFigures['start']['bare']): string => `${(listening / 1000).toFixed(2)} / ${(firstToken / 1000).toFixed(2)}`;

/** What the pages show of a growth run, size by size. */
export const growthRows = ({ quietEvents, busyEvents }: GrowthFigures): readonly Row[] => [
  ['ledger file, MB', (s) => whole(s.ledgerMegabytes)],
  ['issuance, 64 connections, tokens/s', (s) => whole(s.issuance.perSecond)],
  ['the same for a CPU second', (s) => whole(s.issuance.perCpuSecond)],
  ['the same, p50 / p99 ms', (s) => `${s.issuance.p50Ms} / ${s.issuance.p99Ms}`],
  ['first token of a client since the start, p50 / p99 ms', (s) => `${s.firstToken.p50Ms} / ${s.firstToken.p99Ms}`],
  ['start to first answer / first token, s', (s) => starting(s.start.built)],
  ['the same while all read models have to be built', (s) => starting(s.start.bare)],
  ['read models built anew in PGlite, events/s', (s) => whole(s.rebuild.pglite.eventsPerSecond)],
  ['in PostgreSQL, events/s', (s) => whole(s.rebuild.postgresql?.eventsPerSecond)],
  [`history of an agent with ${quietEvents} events, first page, p50 / p95 ms`, (s) => pair(s.history?.quiet.firstPage)],
  ['the same as of a moment in the past', (s) => pair(s.history?.quiet.asOf)],
  [`history of an agent with ${whole(busyEvents)} events, first page, p50 / p95 ms`, (s) => pair(s.history?.busy.firstPage)],
  ['the pages after it', (s) => pair(s.history?.busy.nextPage)],
  ['the same as of a moment in the past', (s) => pair(s.history?.busy.asOf)],
  ['memory at rest / at most under load, MB', (s) => resident(s.memory)],
  ['the same with the environment of the image', (s) => resident(s.memoryOfImage)],
  ['whole ledger read and checked, events/s', (s) => whole(s.read.eventsPerSecond)],
];

/** For a person. */
export const growthText = (figures: GrowthFigures): string => {
  const { machine, date, stolen, sizes, pinned } = figures;
  return `
Embedded ledger (SQLite). Memory, start and histories are of the hub as npm start runs it, with its read models in PGlite in the same process.

${table([['events in the ledger', ...sizes.map(({ events }) => whole(events))], ...growthRows(figures).map(([what, figure]) => [what, ...sizes.map(figure)])])}

${date}. ${machine}. ${pinned ? 'For issuance the server (all its threads) had one processor, the generator another.' : 'Nothing was pinned to a processor.'}
${stolen === undefined ? '' : `The host took away ${(stolen * 100).toFixed(1)} % of the processor time meanwhile.\n`}`;
};
