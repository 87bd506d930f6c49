import type { Config } from './platform/config.js';
import type { OpenParts } from './platform/open-parts.js';

/** As much of the logger as starting needs. */
export interface Log {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** What a start has opened, and how to undo what it does next: `closing` runs from the last to the first. */
export interface StartedParts {
  readonly config: Config;
  readonly parts: OpenParts;
  readonly log: Log;
  readonly closing: (() => Promise<unknown>)[];
}
