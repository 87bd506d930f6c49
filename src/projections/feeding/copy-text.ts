import type { Columns } from '../table.js';

const SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Rows in COPY's text format (PostgreSQL manual, "COPY", File Formats), the columns in their declared order. */
export const copyText = (columns: Columns, rows: readonly object[]): string => {
  const names = Object.keys(columns);
  const lines = rows.map((row) => names.map((name) => field((row as Record<string, unknown>)[name], columns[name]!.type)).join('\t'));
  return `${lines.join('\n')}\n`;
};

const field = (value: unknown, type: Columns[string]['type']): string => {
  if (value === null || value === undefined) return '\\N';
  const text = type === 'text[]' ? arrayText(value as readonly string[]) : type === 'jsonb' ? JSON.stringify(value) : String(value);
  return text.replace(SPECIAL, (character) => ESCAPES[character]!);
};

/** Quoted throughout: an empty text and the word NULL would else be something else. */
const arrayText = (texts: readonly string[]): string => `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
