import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { specsByThreat, withSpecs } from './threat-specs.js';

// `npm run docs:threats`. The compiled script lies in dist/scripts.
const page = fileURLToPath(new URL('../../docs/threats.md', import.meta.url));
writeFileSync(page, withSpecs(readFileSync(page, 'utf8'), specsByThreat()));
