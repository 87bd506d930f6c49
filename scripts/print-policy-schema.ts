import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { policySchema } from '../src/domain/policy/policy-document.js';

// `npm run docs:policy-schema`. The compiled script lies in dist/scripts.
writeFileSync(fileURLToPath(new URL('../../docs/policy.schema.json', import.meta.url)), `${JSON.stringify(policySchema, null, 2)}\n`);
