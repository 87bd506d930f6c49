import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { floatingPromises, wholeProgram } from './floating-promises.js';

// `npm run lint`. The compiled script lies in dist/scripts.
const root = fileURLToPath(new URL('../../', import.meta.url));
const files = ['src', 'sdk/mcp/src', 'sample', 'examples', 'test', 'tour', 'bench', 'torture', 'scripts'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(({ name, parentPath }) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !parentPath.includes('test/architecture/fixture'))
    .map(({ name, parentPath }) => join(parentPath, name)));
const found = floatingPromises(wholeProgram(root, files), root, new Set(files));
for (const place of found) console.error(`${place}: nobody hears of it when this promise fails`);
console.log(`${files.length} files looked through for promises whose failure nobody hears: ${found.length} found.`);
// A look at nothing finds nothing wrong either.
process.exitCode = found.length === 0 && files.length > 150 ? 0 : 1;
