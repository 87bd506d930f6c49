/** A tag as a browser would read it, given that values stand in double quotes. */
export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const TAG = /<(\/?[a-z!][\w-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*>/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': '\'' };

const decoded = (text: string): string => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => NAMED[name]!);

const body = (page: string): string => page.replace(/<style>[\s\S]*?<\/style>/, '').replace(/<svg[\s\S]*?<\/svg>/g, '');

/** Every tag but those of the stylesheet and the drawings. Throws for markup that could be read in two ways. */
export const tagsOf = (page: string): readonly Tag[] => {
  if (/[<>]/.test(body(page).replace(TAG, ''))) throw new Error(`loose angle bracket: ${body(page).replace(TAG, '')}`);
  return [...body(page).matchAll(TAG)].map(([, name = '', written = '']) => ({
    name: name.toLowerCase(),
    attributes: Object.fromEntries([...written.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map(([, key = '', value = '']) => [key, decoded(value)])),
  }));
};

/** What there is besides words: names of tags and of their attributes, in order. */
export const skeletonOf = (page: string): string =>
  tagsOf(page).map(({ name, attributes }) => `${name} ${Object.keys(attributes).join(' ')}`).join('\n');

/** What a person reads. */
export const textOf = (page: string): string => decoded(body(page).replace(TAG, ''));

/** Every text in a value, as the path that leads to it. */
export const leavesOf = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] => {
  if (typeof value === 'string') return [path];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key])) : [];
};

/** The value with another text at the path. */
export const withLeaf = (value: unknown, [key, ...rest]: readonly string[], text: string): unknown => {
  if (key === undefined) return text;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = withLeaf(copy[key], rest, text);
  return copy;
};
