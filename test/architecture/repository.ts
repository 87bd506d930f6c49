import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository itself: the compiled tests lie in dist/test/architecture, three folders below it. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface SourceText {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file under a folder of the repository. */
export const sourcesUnder = (folder: string): readonly SourceText[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(ROOT, file).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

/** Everything of ours that is TypeScript. */
export const allSources = (): readonly SourceText[] =>
  ['src', 'sdk/mcp/src', 'sample', 'test', 'tour', 'bench', 'torture', 'scripts']
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap(sourcesUnder);
