/**
 * Field kinds of event data. One declaration gives the TypeScript type, the run-time parser, and the answer to
 * "may this hold personal data?": free text exists only as `text('none' | 'sealed')`, so it can't go unannotated.
 */
export interface Field<T> {
  readonly kind: string;
  /** 'sealed': stored encrypted under the key of the event's subject, so that destroying the key erases it. */
  readonly personal: 'none' | 'sealed';
  readonly optional: boolean;
  /**
   * The value without members that are undefined: itself where it has none. Throws a TypeError that names its place when it
   * is not of this kind; the place comes in two parts, for nearly always nobody wants to read it.
   */
  parse(value: unknown, within: string, name?: string | number): T;
  readonly fields?: Fields;
}
export type Fields = Readonly<Record<string, Field<unknown>>>;

type OptionalKeys<F extends Fields> = { [K in keyof F]: undefined extends ReturnType<F[K]['parse']> ? K : never }[keyof F];
export type DataOf<F extends Fields> =
  & { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ReturnType<F[K]['parse']> }
  & { readonly [K in OptionalKeys<F>]?: Exclude<ReturnType<F[K]['parse']>, undefined> };

const placeOf = (within: string, name: string | number | undefined): string => {
  if (name === undefined) return within;
  return typeof name === 'number' ? `${within}[${name}]` : `${within}.${name}`;
};
const wrong = (within: string, name: string | number | undefined, want: string): never => {
  throw new TypeError(`${placeOf(within, name)} must be ${want}`);
};
const plain = <T>(kind: string, want: string, is: (value: unknown) => boolean): Field<T> => ({
  kind, personal: 'none', optional: false,
  parse: (value, within, name) => (is(value) ? (value as T) : wrong(within, name, want)),
});
const text_ = (kind: string, max: number) =>
  plain<string>(kind, `a string of at most ${max} characters`, (v) => typeof v === 'string' && v.length <= max);
const whole = (v: unknown): boolean => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0;

/** A random or derived identifier. */
export const id = (): Field<string> => text_('id', 512);
/** A word of a fixed or administered vocabulary: a scope, a role, a refusal code, a grant type. */
export const word = (): Field<string> => text_('word', 256);
/** A URI that names software, never a person. */
export const uri = (): Field<string> => text_('uri', 2048);
/** A SHA-256 digest or HMAC of something that may not stand in the log itself. */
export const digest = (): Field<string> => text_('digest', 128);
/** Seconds since 1970, as JWT's NumericDate. */
export const instant = (): Field<number> => plain('instant', 'a NumericDate', whole);
export const count = (): Field<number> => plain('count', 'a whole number', whole);
export const flag = (): Field<boolean> => plain('flag', 'a boolean', (v) => typeof v === 'boolean');
export const oneOf = <const W extends readonly string[]>(...words: W): Field<W[number]> =>
  plain(words.join(' | '), `one of ${words.join(', ')}`, (v) => words.includes(v as string));
/** What sealing makes of a text begins with this (src/domain/ports/privacy.ts). */
export const SEALED = 'sealed.';
/** At most three bytes of UTF-8 for each UTF-16 unit, four characters of base64 for three bytes, and the envelope. */
const sealedLength = (max: number): number => 4 * max + 128;

/** Free text. 'none' is a promise that people write about software here; anything about a person is 'sealed'. */
export const text = (personal: 'none' | 'sealed', max = 4096): Field<string> => ({
  kind: 'text', personal, optional: false,
  parse: (value, within, name) => {
    const limit = personal === 'sealed' && typeof value === 'string' && value.startsWith(SEALED) ? sealedLength(max) : max;
    return typeof value === 'string' && value.length <= limit ? value : wrong(within, name, `a string of at most ${max} characters`);
  },
});
/** A document that was validated before it was recorded (a policy, a public JWK Set), as JSON text. */
export const document = (): Field<string> => text_('document', 262_144);
export const list = <T>(of: Field<T>): Field<readonly T[]> => ({
  kind: `list of ${of.kind}`, personal: of.personal, optional: false,
  ...(of.fields ? { fields: of.fields } : {}),
  parse: (value, within, name) => (Array.isArray(value) ? parseItems(of, value, placeOf(within, name)) : wrong(within, name, 'a list')),
});
export const record = <F extends Fields>(fields: F): Field<DataOf<F>> => ({
  kind: 'record', personal: 'none', optional: false, fields, parse: parserOf(fields),
});
export const optional = <T>(of: Field<T>): Field<T | undefined> => ({
  ...of, optional: true,
  parse: (value, within, name) => (value === undefined ? undefined : of.parse(value, within, name)),
});

const parseItems = <T>(of: Field<T>, items: readonly unknown[], place: string): readonly T[] => {
  let parsed = items as readonly T[];
  for (let n = 0; n < items.length; n += 1) {
    const item = of.parse(items[n], place, n);
    if (item !== items[n]) parsed = parsed.with(n, item);
  }
  return parsed;
};

/**
 * Of data with these members. Unknown members are refused: what the catalogue does not name does not enter the ledger.
 * It stands on the issuing path: what is right is looked at once, and neither copied nor named.
 */
export const parserOf = <F extends Fields>(fields: F): Field<DataOf<F>>['parse'] => {
  const known = new Map(Object.entries(fields));
  const needed = [...known].filter(([, { optional }]) => !optional).map(([key]) => key);
  return (value, within, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(within, name, 'an object');
    const place = placeOf(within, name);
    const source = value as Readonly<Record<string, unknown>>;
    let parsed = source;
    let found = 0;
    for (const key of Object.keys(source)) {
      const field = known.get(key) ?? wrong(place, key, 'a known member');
      const member = field.parse(source[key], place, key);
      if (!field.optional) found += 1;
      if (member === undefined || member !== source[key]) parsed = withMember(parsed, key, member);
    }
    if (found < needed.length) for (const key of needed) if (!Object.hasOwn(source, key)) known.get(key)!.parse(undefined, place, key);
    return parsed as DataOf<F>;
  };
};

const withMember = (data: Readonly<Record<string, unknown>>, key: string, member: unknown): Readonly<Record<string, unknown>> => {
  const { [key]: _before, ...others } = data;
  return member === undefined ? others : { ...others, [key]: member };
};
