import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withConfigurationTable } from './configuration-table.js';

// `npm run docs:configuration`. The compiled script lies in dist/scripts.
const page = fileURLToPath(new URL('../../docs/operations.md', import.meta.url));
writeFileSync(page, withConfigurationTable(readFileSync(page, 'utf8')));
