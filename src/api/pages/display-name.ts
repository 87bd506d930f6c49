/**
 * One line of somebody else's text, to be shown to people: no control characters, none that turn the direction of
 * writing (`Bank\u202egpj.exe`) or take no room, no piles of accents, at most `most` characters. Empty when nothing is left.
 */
export const plainLine = (text: string, most: number): string => {
  const line = text
    // Long before it is looked at closely: a name of a megabyte is nobody's name.
    .slice(0, most * 8)
    .normalize('NFC')
    .replace(/\p{Default_Ignorable_Code_Point}|\p{Cf}|\p{Co}|\p{Cn}|\u2800/gu, '')
    .replace(/[\p{Cc}\p{Cs}\p{Z}\s]+/gu, ' ')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .trim();
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('').trimEnd()}…`;
};

const MOST = 60;

/** The name that an agent gives itself, or that a stranger gave it. */
export const displayName = (name: string): string => plainLine(name, MOST) || 'An agent without a name';
