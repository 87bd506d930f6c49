import { readFileSync } from 'node:fs';

/** Of this program, as package.json has it; four folders above the compiled file. */
export const HUB_VERSION: string = (JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as { readonly version: string }).version;
