import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventsPage } from './events-page.js';

// `npm run docs:events`. The compiled script lies in dist/scripts.
writeFileSync(fileURLToPath(new URL('../../docs/events.md', import.meta.url)), eventsPage());
