import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../../docs/figures');

/** Keeps what a run measured, for the pages and pictures that are made of it (`npm run docs:figures`). */
const saveFigures = (name: string, figures: object): void => {
  mkdirSync(FOLDER, { recursive: true });
  // Each round once is what the medians are made of; it is on the screen with --json, and too long for a repository.
  writeFileSync(`${FOLDER}/${name}.json`, `${JSON.stringify(figures, (key, value: unknown) => (key === 'rounds' ? undefined : value), 2)}\n`);
};

interface Program<F extends object> {
  readonly usage: string;
  /** Under which the figures are kept. */
  readonly name: string;
  readonly options: { readonly help: boolean; readonly json: boolean; readonly save: boolean };
  run(): Promise<F>;
  /** For a person. */
  text(figures: F): string;
}

/** Measures, keeps and tells, or says how that is done. What fails is a sentence, and undefined. */
export const measure = async <F extends object>({ usage, name, options, run, text }: Program<F>): Promise<F | undefined> => {
  if (options.help) return void console.log(usage);
  try {
    const figures = await run();
    if (options.save) saveFigures(name, figures);
    console.log(options.json ? JSON.stringify(figures) : text(figures));
    return figures;
  } catch (error) {
    console.error(`\nThere are no figures. ${(error as Error).message}`);
    process.exitCode = 1;
    return undefined;
  }
};
