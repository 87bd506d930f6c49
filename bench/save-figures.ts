import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../../docs/figures');

/** Keeps what a run measured, for the pages and pictures that are made of it (`npm run docs:figures`). */
export const saveFigures = (name: string, figures: object): void => {
  mkdirSync(FOLDER, { recursive: true });
  // Each round once is what the medians are made of; it is on the screen with --json, and too long for a repository.
  writeFileSync(`${FOLDER}/${name}.json`, `${JSON.stringify(figures, (key, value: unknown) => (key === 'rounds' ? undefined : value), 2)}\n`);
};
