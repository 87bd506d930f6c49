import { catalogue } from '../src/domain/kernel/catalogue.js';
import type { EventType } from '../src/domain/kernel/event-type.js';
import type { Field, Fields } from '../src/domain/kernel/fields.js';

const INTRODUCTION = `# Events

Every type of event there is, by the category of the streams it stands in. This page is generated from
\`src/domain/kernel/catalogue.ts\`: change the declaration and run \`npm run docs:events\`.

A type is never renamed and never reused. Every event also has an id, the tenant, who acted (with the chain of who acted for whom),
what caused it, its stream, its revision there, its position in the one order of the ledger, and when it was recorded.

| kind of field | what it holds |
|---|---|
| id | a random or derived identifier |
| word | a word of a fixed or administered vocabulary: a scope, a role, a refusal code |
| uri | a URI that names software, never a person |
| digest | a SHA-256 digest or HMAC of what may not stand in the log itself |
| instant | seconds since 1970, as JWT's NumericDate |
| count, flag | a whole number, a boolean |
| text | free text |
| document | JSON text that was checked before it was recorded |
| a \\| b | one of these words |

*Personal: sealed* means encrypted under the key of the person it is about, so that destroying the key erases it everywhere.
`;

// A bar would end the cell.
const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

const rowsOf = (fields: Fields, before = ''): readonly string[] =>
  Object.entries(fields).flatMap(([name, field]) => [
    row(`\`${before}${name}\``, field.kind, field.optional ? 'yes' : '', field.personal === 'sealed' ? 'sealed' : ''),
    ...(field.fields ? rowsOf(field.fields, `${before}${name}${isList(field) ? '[]' : ''}.`) : []),
  ]);
const isList = (field: Field<unknown>): boolean => field.kind.startsWith('list of ');

const typeSection = ({ type, version, says, fields }: EventType): string => {
  const rows = rowsOf(fields);
  const table = ['| field | kind | optional | personal |', '|---|---|---|---|', ...rows].join('\n');
  return `### ${type}\n\n${says} Version ${version}.\n\n${rows.length === 0 ? 'No fields.' : table}\n`;
};

const categorySection = ([category, types]: readonly [string, object]): string =>
  [`## \`${category}-\` streams\n`, ...(Object.values(types) as readonly EventType[]).map(typeSection)].join('\n');

/** docs/events.md as it has to be. */
export const eventsPage = (): string => [INTRODUCTION, ...Object.entries(catalogue).map(categorySection)].join('\n');
