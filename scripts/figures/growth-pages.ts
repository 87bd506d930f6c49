import type { GrowthFigures, SizeFigures } from '../../bench/growth/growth-figures.js';
import { growthRows } from '../../bench/growth/growth-text.js';
import { markdownTable } from './markdown.js';
import { type PanelOf, picture } from './panel.js';

const sizeName = (events: number): string => (events >= 1_000_000 ? `${events / 1_000_000} M` : events >= 1000 ? `${events / 1000} k` : String(events));

/** What should be flat as the ledger grows, and what can't be. */
export const growthPicture = ({ sizes, busyEvents, quietEvents }: GrowthFigures): string => {
  const of = (figure: (size: SizeFigures) => number | undefined) => sizes.map(figure);
  const panel = (title: string, unit: string, ...series: readonly (readonly [name: string, values: readonly (number | undefined)[]])[]): PanelOf =>
    ({ title, unit, labels: sizes.map(({ events }) => sizeName(events)), series: series.map(([name, values]) => ({ name, values })) });
  return picture('Cost of the embedded ledger as it grows: issuance, first tokens, start, histories, read models and memory', [
    panel('Issuance', 'tokens per CPU second', ['', of(({ issuance }) => issuance.perCpuSecond)]),
    panel('First token of a client', 'ms', ['p50', of(({ firstToken }) => firstToken.p50Ms)], ['p99', of(({ firstToken }) => firstToken.p99Ms)]),
    panel('Start to the first token', 's', ['read models built', of(({ start }) => start.built.firstToken / 1000)], ['still to build', of(({ start }) => start.bare.firstToken / 1000)]),
    panel('History as of a moment', 'p95 ms', [`${quietEvents} events`, of(({ history }) => history?.quiet.asOf.p95Ms)], [`${busyEvents.toLocaleString('en')} events`, of(({ history }) => history?.busy.asOf.p95Ms)]),
    panel('Read models built anew', 'events/s', ['PGlite', of(({ rebuild }) => rebuild.pglite.eventsPerSecond)], ...(sizes.some(({ rebuild }) => rebuild.postgresql)
      ? [['PostgreSQL', of(({ rebuild }) => rebuild.postgresql?.eventsPerSecond)] as const] : [])),
    panel('Memory, all in one process', 'MB', ['at rest', of(({ memory }) => memory.idle)], ['under load', of(({ memory }) => memory.underLoad)], ['in the image', of(({ memoryOfImage }) => memoryOfImage?.underLoad)]),
  ]);
};

export const growthTable = (figures: GrowthFigures): string => markdownTable([
  ['events in the ledger', ...figures.sizes.map(({ events }) => events.toLocaleString('en'))],
  ...growthRows(figures).map(([what, figure]) => [what, ...figures.sizes.map(figure)]),
]);
