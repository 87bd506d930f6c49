import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { performancePages } from './figures/performance-page.js';

// `npm run docs:figures`. The compiled script lies in dist/scripts.
const root = fileURLToPath(new URL('../../', import.meta.url));
for (const [path, text] of performancePages(root)) writeFileSync(join(root, path), text);
