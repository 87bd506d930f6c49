import { readFileSync } from 'node:fs';
import { CommandProblem } from './command.js';

/** The object in a file of JSON. Throws a sentence. */
export const jsonIn = (file: string): Readonly<Record<string, unknown>> => {
  const text = textIn(file);
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as Record<string, unknown>;
  } catch (error) {
    throw new CommandProblem(`${file} is no JSON: ${(error as Error).message}`);
  }
  throw new CommandProblem(`${file} holds no JSON object.`);
};

export const textIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandProblem(`${file} can't be read: ${(error as Error).message}`);
  }
};
