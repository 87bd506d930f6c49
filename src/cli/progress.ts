/** Writes text where a person sees it, without a line feed; undefined where nobody watches (a pipe, a log). */
export type Screen = ((text: string) => void) | undefined;

const WIDTH = 24;
const MILLISECONDS_BETWEEN = 100;
const grouped = (count: number): string => count.toLocaleString('en-US');

/** How far a long piece of work is: one line that is written over again and again. */
export class Progress {
  private lastShown = 0;
  private began: { readonly what: string; readonly at: number; readonly from: number } | undefined;

  constructor(private readonly screen: Screen, private readonly now: () => number) {}

  /** `total` is undefined where nobody knows it; `part`, from 0 to 1, may be known all the same. */
  show(what: string, done: number, total: number | undefined, part?: number): void {
    if (!this.screen) return;
    const now = this.now();
    const isNew = this.began?.what !== what;
    if (isNew) this.began = { what, at: now, from: done };
    if (!isNew && done !== total && part !== 1 && now - this.lastShown < MILLISECONDS_BETWEEN) return;
    this.lastShown = now;
    const { at, from } = this.began!;
    const rate = now > at ? `, ${grouped(Math.round(((done - from) * 1000) / (now - at)))}/s` : '';
    const shown = part === undefined ? '' : `${bar(part, 1)} `;
    const amount = total === undefined ? `${shown}${grouped(done)}` : `${bar(done, total)} ${grouped(done)} of ${grouped(total)}`;
    this.screen(`\r\u001B[K${what} ${amount}${rate}`);
  }

  /** The line goes away, so that what is said next stands alone. */
  clear(): void {
    if (this.began) this.screen?.('\r\u001B[K');
    this.began = undefined;
  }
}

const bar = (done: number, total: number): string => {
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(part * WIDTH);
  return `[${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${String(Math.floor(part * 100)).padStart(3)} %`;
};
