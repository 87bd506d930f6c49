/** The first row is the head. */
export const markdownTable = ([head, ...rows]: readonly (readonly string[])[]): string =>
  [head!, head!.map(() => '---'), ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');

/** Puts text between `<!-- name -->` and `<!-- /name -->`. Throws when the page has no such place. */
export const filledIn = (page: string, name: string, text: string): string => {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [begins, ends] = [page.indexOf(from), page.indexOf(to)];
  if (begins < 0 || ends < begins) throw new Error(`there is no place for ${name}`);
  return `${page.slice(0, begins + from.length)}\n${text}\n${page.slice(ends)}`;
};
