import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface OperatorFile {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const pathIn = (dataDirectory: string): string => join(dataDirectory, 'keys', 'operator.json');

/** Undefined when there is none or it can't be read: a new one is made then. */
export const readOperatorFile = (dataDirectory: string): OperatorFile | undefined => {
  try {
    return JSON.parse(readFileSync(pathIn(dataDirectory), 'utf8')) as OperatorFile;
  } catch {
    return undefined;
  }
};

/** Readable by the owner alone; replaced as a whole, so that a crash leaves the old one or the new one. */
export const writeOperatorFile = (dataDirectory: string, content: OperatorFile): void => {
  const path = pathIn(dataDirectory);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};
