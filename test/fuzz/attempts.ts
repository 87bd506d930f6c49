import fc from 'fast-check';
import { edit, edited } from './edits.js';

const ERRORS: readonly string[] = ['Refusal', 'OAuthError', 'TooManyMembers'];
/** What it gives, or undefined when it refuses in one of the ways that are answered with a sentence. */
export const attempt = <T>(parse: () => T): T | undefined => {
  try {
    return parse();
  } catch (error) {
    if (ERRORS.includes((error as Error).name)) return undefined;
    throw error;
  }
};
export const bent = (base: string) => fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => edits.reduce(edited, base));

export const attemptJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
