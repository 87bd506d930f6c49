import { SafeUrl } from './safe-url.js';

export { displayName } from './display-name.js';

/** Markup that may be sent as it is. Only `html` and `trusted` make one. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a hole of a template; what is absent or false leaves nothing. */
export type Hole = Html | SafeUrl | string | number | false | undefined | readonly Hole[];

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Safe between tags and inside a quoted attribute. */
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

/** Our own constant markup (the stylesheet, the mark). Never anything that came from outside. */
export const trusted = (markup: string): Html => new Html(markup);

/**
 * Markup from a template. Every hole is escaped for the place it stands in, and a template that has a hole where no
 * escaping can help (an attribute without quotes, a tag's name, a script) throws whenever it is used.
 */
export const html = (parts: TemplateStringsArray, ...holes: readonly Hole[]): Html => {
  const places = placesOf(parts);
  return new Html(parts.reduce((markup, part, index) => markup + fill(holes[index - 1], places[index - 1]!) + part));
};

/** Where a hole stands: between tags, among a tag's attributes, in a quoted value, or in a value that is an address. */
type Place = 'text' | 'tag' | 'value' | 'address';

const known = new WeakMap<TemplateStringsArray, readonly Place[]>();

const placesOf = (parts: TemplateStringsArray): readonly Place[] => {
  let places = known.get(parts);
  if (!places) known.set(parts, (places = findPlaces(parts)));
  return places;
};

const FORBIDDEN = /<script|<style|\son\w+\s*=|\sstyle\s*=|='/i;

const findPlaces = (parts: readonly string[]): readonly Place[] => {
  if (FORBIDDEN.test(parts.join('\0'))) refuse('No scripts, inline styles or single-quoted attributes in a page.');
  const places: Place[] = [];
  let inside: 'text' | 'tag' | 'value' = 'text';
  let before = '';
  for (const part of parts) {
    for (const character of part) inside = next(inside, character);
    before += part;
    places.push(placeAfter(before, inside));
    before += '\0';
  }
  if (inside !== 'text') refuse('A template ends what it begins.');
  return places;
};

const next = (inside: 'text' | 'tag' | 'value', character: string): 'text' | 'tag' | 'value' => {
  if (inside === 'text') return character === '<' ? 'tag' : 'text';
  if (character === '"') return inside === 'tag' ? 'value' : 'tag';
  return inside === 'tag' && character === '>' ? 'text' : inside;
};

const placeAfter = (before: string, inside: 'text' | 'tag' | 'value'): Place => {
  if (inside === 'tag' && !/\s$|"$|\w$|\0$/.test(before)) refuse('Nothing can be filled in before a tag has a name, or without quotes.');
  if (inside !== 'value') return inside;
  const [, name = '', written = ''] = /\s([\w-]+)="([^"]*)$/.exec(before) ?? [];
  const begins = written === '' || written.endsWith('url=');
  return begins && /^(href|src|action|formaction|content)$/.test(name) ? 'address' : 'value';
};

// Quotes are escaped in what came from outside, so that it can never look like this.
const ATTRIBUTES = /^(?:\s+[a-z-]+(?:="[^"<>]*")?)*\s*$/;

const fill = (hole: Hole, place: Place): string => {
  if (hole === undefined || hole === false) return '';
  if (place === 'tag') return hole instanceof Html && ATTRIBUTES.test(hole.toString()) ? hole.toString() : refuse('Only whole attributes may be filled in among others.');
  if (place === 'address') return hole instanceof SafeUrl ? escapeHtml(hole.toString()) : refuse('Only a checked URL may be an address.');
  if (typeof hole === 'string' || typeof hole === 'number') return escapeHtml(String(hole));
  if (place === 'value') return hole instanceof SafeUrl ? escapeHtml(hole.toString()) : refuse('Only text may be filled into a value.');
  return hole instanceof Html ? hole.toString() : hole instanceof SafeUrl ? escapeHtml(hole.toString()) : hole.map((one) => fill(one, place)).join('');
};

const refuse = (why: string): never => {
  throw new TypeError(why);
};
