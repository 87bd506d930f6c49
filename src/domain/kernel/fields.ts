/**
 * Field kinds of event data. One declaration gives the TypeScript type, the run-time parser, and the answer to
 * "may this hold personal data?": free text exists only as `text('none' | 'sealed')`, so it can't go unannotated.
 */
export interface Field<T> {
  readonly kind: string;
  /** 'sealed': stored encrypted under the key of the event's subject, so that destroying the key erases it. */
  readonly personal: 'none' | 'sealed';
  readonly optional: boolean;
  /** Throws a TypeError naming `path` when the value is not of this kind. */
  parse(value: unknown, path: string): T;
  readonly fields?: Fields;
}
export type Fields = Readonly<Record<string, Field<unknown>>>;

type OptionalKeys<F extends Fields> = { [K in keyof F]: undefined extends ReturnType<F[K]['parse']> ? K : never }[keyof F];
export type DataOf<F extends Fields> =
  & { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: ReturnType<F[K]['parse']> }
  & { readonly [K in OptionalKeys<F>]?: Exclude<ReturnType<F[K]['parse']>, undefined> };

const wrong = (path: string, want: string): never => {
  throw new TypeError(`${path} must be ${want}`);
};
const plain = <T>(kind: string, want: string, is: (value: unknown) => boolean): Field<T> => ({
  kind, personal: 'none', optional: false,
  parse: (value, path) => (is(value) ? (value as T) : wrong(path, want)),
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
  parse: (value, path) => {
    const limit = personal === 'sealed' && typeof value === 'string' && value.startsWith(SEALED) ? sealedLength(max) : max;
    return typeof value === 'string' && value.length <= limit ? value : wrong(path, `a string of at most ${max} characters`);
  },
});
/** A document that was validated before it was recorded (a policy, a public JWK Set), as JSON text. */
export const document = (): Field<string> => text_('document', 262_144);
export const list = <T>(of: Field<T>): Field<readonly T[]> => ({
  kind: `list of ${of.kind}`, personal: of.personal, optional: false,
  ...(of.fields ? { fields: of.fields } : {}),
  parse: (value, path) =>
    Array.isArray(value) ? value.map((item, n) => of.parse(item, `${path}[${n}]`)) : wrong(path, 'a list'),
});
export const record = <F extends Fields>(fields: F): Field<DataOf<F>> => ({
  kind: 'record', personal: 'none', optional: false, fields,
  parse: (value, path) => parseFields(fields, value, path),
});
export const optional = <T>(of: Field<T>): Field<T | undefined> => ({
  ...of, optional: true,
  parse: (value, path) => (value === undefined ? undefined : of.parse(value, path)),
});

/** Unknown members are refused: what the catalogue does not name does not enter the ledger. */
export const parseFields = <F extends Fields>(fields: F, value: unknown, path: string): DataOf<F> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(path, 'an object');
  const source = value as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  let known = 0;
  // oxlint-disable-next-line guard-for-in -- declarations are object literals, and a list of keys per event is what this avoids
  for (const key in fields) {
    const isThere = Object.hasOwn(source, key);
    if (isThere) known += 1;
    const parsed = fields[key]!.parse(isThere ? source[key] : undefined, `${path}.${key}`);
    if (parsed !== undefined) out[key] = parsed;
  }
  const keys = Object.keys(source);
  if (keys.length > known) wrong(`${path}.${keys.find((key) => !Object.hasOwn(fields, key))}`, 'a known member');
  return out as DataOf<F>;
};
