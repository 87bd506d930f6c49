import { addMissingGoldens } from '../test/golden/golden-files.js';

// `npm run build && node dist/scripts/add-goldens.js`: after a new type of event, or a new version of one.
const added = addMissingGoldens();
if (added.length === 0) console.log('Every version of every event has its golden file.');
else console.log(`Added ${added.join(', ')}. Read them before you commit them.`);
