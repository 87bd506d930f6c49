import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What has to be installed first: one sentence for whoever runs the script. */
export class PackageMissing extends Error {
  override readonly name = 'PackageMissing';
}

const POSTGRES = '/usr/lib/postgresql';

/** The directory of PostgreSQL's programs. Debian keeps those of each version apart and off the path. */
export const findPostgres = (root = POSTGRES, path = process.env['PATH']): string => {
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin')) : [];
  const found = [...versions, ...(path ?? '').split(delimiter)].find((directory) => existsSync(join(directory, 'initdb')));
  if (found === undefined) throw new PackageMissing('PostgreSQL is not installed. Run: apt-get install postgresql (or set DATABASE_URL to a server that tests may use)');
  return found;
};

export const findRedis = (path = process.env['PATH']): string => {
  const found = (path ?? '').split(delimiter).map((directory) => join(directory, 'redis-server')).find((file) => existsSync(file));
  if (found === undefined) throw new PackageMissing('Redis is not installed. Run: apt-get install redis-server (or set REDIS_URL to a server that tests may use)');
  return found;
};
