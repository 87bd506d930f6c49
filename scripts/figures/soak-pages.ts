import type { SoakFigures } from '../../bench/soak/soak-figures.js';
import { markdownTable } from './markdown.js';
import { picture } from './panel.js';

export const soakPicture = ({ windows, windowSeconds }: SoakFigures): string => {
  const labels = windows.map((_, n) => `${Math.round(((n + 1) * windowSeconds) / 60)} min`);
  const of = (name: string, figure: (window: SoakFigures['windows'][number]) => number) => ({ name, values: windows.map(figure) });
  return picture('Memory, latency and work done by the minute under a steady mixed load', [
    { title: 'Memory', unit: 'MB', labels, series: [of('resident', ({ residentMb }) => residentMb), of('heap in use', ({ heapMb }) => heapMb)] },
    { title: 'Latency', unit: 'ms', labels, series: [of('p50', ({ p50Ms }) => p50Ms), of('p99', ({ p99Ms }) => p99Ms)] },
    { title: 'Done', unit: 'operations/s', labels, series: [of('', ({ done }) => done / windowSeconds)] },
  ]);
};

export const soakTable = ({ verdicts }: SoakFigures): string => markdownTable([
  ['after the warm-up', 'median', 'change over the whole time', 'give or take', ''],
  ...verdicts.map(({ what, median, change, doubt, grows }) => [what, String(median), String(change), String(doubt), grows ? 'grows' : 'steady']),
]);
