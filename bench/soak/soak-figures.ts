import { rounded, table } from '../figures.js';
import { type Trend, trendOf } from './trend.js';

/** What was seen in one window of time. */
export interface Window {
  readonly done: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Most resident memory, least heap in use (what is left after collections), worst delay of the event loop. */
  readonly residentMb: number;
  readonly heapMb: number;
  readonly loopDelayMs: number;
  /** How far the read models were behind at worst, and how many folds are held in memory for decisions. */
  readonly lagSeconds: number;
  readonly folds: number;
}
export interface Verdict {
  readonly what: string;
  readonly change: number;
  readonly doubt: number;
  readonly median: number;
  readonly grows: boolean;
}
export interface SoakFigures {
  readonly machine: string;
  readonly date: string;
  readonly minutes: number;
  readonly windowSeconds: number;
  readonly perSecond: number;
  readonly stolen: number | undefined;
  readonly windows: readonly Window[];
  /** How often each kind of work was done. */
  readonly done: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
  readonly verdicts: readonly Verdict[];
}

/** This share of the time caches fill and compilers compile. */
const WARM_UP = 0.2;

const WATCHED: readonly (readonly [what: string, least: number, of: (window: Window) => number])[] = [
  ['resident memory, MB', 20, ({ residentMb }) => residentMb],
  ['heap in use, MB', 10, ({ heapMb }) => heapMb],
  ['p50, ms', 1, ({ p50Ms }) => p50Ms],
  ['p99, ms', 10, ({ p99Ms }) => p99Ms],
  ['event loop delay p99, ms', 10, ({ loopDelayMs }) => loopDelayMs],
  ['read models behind, s', 1, ({ lagSeconds }) => lagSeconds],
];

/** Growth after the warm-up, by regression. */
export const verdictsOn = (windows: readonly Window[]): readonly Verdict[] => {
  const warm = windows.slice(Math.ceil(windows.length * WARM_UP));
  return WATCHED.map(([what, least, of]) => {
    const { change, doubt, median, grows }: Trend = trendOf(warm.map(of), least);
    return { what, grows, change: rounded(change), doubt: rounded(doubt), median: rounded(median) };
  });
};

export const isGood = ({ verdicts, errors }: SoakFigures): boolean => errors.length === 0 && verdicts.every(({ grows }) => !grows);

export const windowRows = ({ windows, windowSeconds }: SoakFigures): readonly (readonly string[])[] => [
  ['minute', 'done/s', 'p50 ms', 'p99 ms', 'RSS MB', 'heap MB', 'loop delay ms', 'behind s', 'folds'],
  ...windows.map((w, n) => [
    (((n + 1) * windowSeconds) / 60).toFixed(1), (w.done / windowSeconds).toFixed(0), w.p50Ms.toFixed(1), w.p99Ms.toFixed(1),
    String(w.residentMb), String(w.heapMb), w.loopDelayMs.toFixed(1), w.lagSeconds.toFixed(1), w.folds.toLocaleString('en'),
  ]),
];

/** For a person. */
export const soakText = (figures: SoakFigures): string => {
  const { machine, date, minutes, perSecond, stolen, done, errors, verdicts } = figures;
  const grew = verdicts.filter(({ grows }) => grows);
  return `
${minutes} minutes of mixed load, at most ${perSecond} operations a second, on the hub as npm start runs it.

${table(windowRows(figures))}

${table([['after the warm-up', 'median', 'change', 'give or take', ''], ...verdicts.map((v) => [v.what, String(v.median), String(v.change), String(v.doubt), v.grows ? 'GROWS' : 'steady'])])}

  ${Object.entries(done).map(([kind, count]) => `${kind} ${count.toLocaleString('en')}`).join(', ')}

${date}. ${machine}.${stolen === undefined ? '' : ` The host took away ${(stolen * 100).toFixed(1)} % of the processor time meanwhile.`}

${errors.length > 0 ? `${errors.length} errors. The first:\n${errors.slice(0, 5).map((error) => `  ${error}`).join('\n')}` : 'No errors.'}
${grew.length > 0 ? `Growing: ${grew.map(({ what }) => what).join('; ')}.` : 'Neither memory nor latency grew.'}
`;
};
