import { detailsOf } from '../../domain/approval/authorization-details.js';

type Line = readonly [name: string, value: string];

/** What a page does not show, or shows as something else. */
const UNSEEN = /\p{C}|\p{Default_Ignorable_Code_Point}|\u2800|(?! )[\p{Z}\s]|(?<= ) |^ | $/gu;
const inSight = (text: string): string => text.replaceAll(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** Everything that stands in the details, a line for each value, whatever the resource calls it: nothing is left out, and nothing unseen. */
export const detailsInWords = (canonical: string): readonly Line[] => {
  const details = detailsOf(canonical);
  return details.flatMap((detail, n) => lines(detail, details.length > 1 ? `${n + 1}. ` : '')).map(([name, value]) => [inSight(name), inSight(value)]);
};

const lines = (value: unknown, path: string): readonly Line[] => {
  if (Array.isArray(value)) return value.length === 0 ? [[path, '[]']] : value.flatMap((one, n) => lines(one, `${path} ${n + 1}`));
  if (typeof value !== 'object' || value === null) return [[path.trim(), String(value)]];
  // What it is, before its particulars.
  const members = Object.entries(value).sort(([a], [b]) => Number(b === 'type') - Number(a === 'type'));
  return members.length === 0 ? [[path, '{}']] : members.flatMap(([name, member]) => lines(member, path === '' || path.endsWith('. ') ? `${path}${name}` : `${path} › ${name}`));
};
