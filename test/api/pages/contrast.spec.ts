import { describe, expect, it } from '@jest/globals';
import { stylesheet } from '../../../src/api/pages/stylesheet.js';

/** The colours by name, as the first scheme that is asked for sets them and the next one changes them. */
const coloursOf = (...blocks: readonly string[]): ReadonlyMap<string, string> =>
  new Map(blocks.flatMap((block) => [...block.matchAll(/--([a-z-]+):#([\da-f]{6}|[\da-f]{3})(?![\da-f])/g)].map(([, name, hex]) => [name!, hex!] as const)));

const [light = '', dark = ''] = [...stylesheet.matchAll(/:root\{([^}]*)\}/g)].map(([, block]) => block!);
const schemes = [{ scheme: 'light', colours: coloursOf(light) }, { scheme: 'dark', colours: coloursOf(light, dark) }];

/** Relative luminance, WCAG 2.2. */
const luminance = (hex: string): number => {
  const digits = hex.length === 3 ? [...hex].map((digit) => digit + digit) : hex.match(/../g)!;
  const [red = 0, green = 0, blue = 0] = digits.map((pair) => parseInt(pair, 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const ratio = (one: string, other: string): number => {
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
};

const TEXT = [
  ['ink', 'card'], ['ink', 'ground'], ['ink', 'tint'], ['soft', 'card'], ['soft', 'ground'], ['accent', 'card'], ['accent', 'tint'], ['accent-deep', 'card'],
  ['on-accent', 'accent'], ['on-accent', 'accent-deep'], ['warn', 'warn-ground'], ['bad', 'bad-ground'], ['good', 'good-ground'],
] as const;
/** What has to be seen, not read: the edges of fields and buttons, and the ring around what has the focus. */
const EDGES = [['edge', 'card'], ['bad', 'card'], ['accent', 'card'], ['accent', 'ground']] as const;

describe.each(schemes)('colours of the $scheme scheme', ({ colours }) => {
  const between = (front: string, ground: string): number => ratio(colours.get(front)!, colours.get(ground)!);

  it.each(TEXT)('%s on %s can be read: at least 4.5 to 1 (WCAG 1.4.3)', (front, ground) => {
    expect(between(front, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(EDGES)('%s on %s can be seen: at least 3 to 1 (WCAG 1.4.11)', (front, ground) => {
    expect(between(front, ground)).toBeGreaterThanOrEqual(3);
  });
});

it('measures contrast as WCAG does', () => {
  expect([ratio('000', 'ffffff'), ratio('777777', 'fff'), ratio('fff', 'fff')].map((value) => value.toFixed(2))).toEqual(['21.00', '4.48', '1.00']);
});

it('every colour that carries text is among those that are measured', () => {
  const used = [...stylesheet.matchAll(/(?<![-\w])color:var\(--([a-z-]+)\)/g)].map(([, name]) => name!);
  const measured: readonly string[] = TEXT.map(([front]) => front);
  expect(used.filter((name) => !measured.includes(name))).toEqual([]);
});
