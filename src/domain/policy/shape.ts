import { Refusal } from '../kernel/refusal.js';

/**
 * The shape of a JSON value, said once: the reader and the JSON Schema that is published (JSON Schema 2020-12) are made
 * from the same declaration and can't differ.
 */
export interface Shape<T> {
  readonly schema: Readonly<Record<string, unknown>>;
  /** Throws Refusal('policy.invalid') naming the member and what is wrong with it. */
  read(value: unknown, path: string): T;
}

export const invalid = (what: string): never => {
  throw new Refusal('policy.invalid', `The policy document is not valid: ${what}.`);
};

export const text = (most: number, says: string): Shape<string> => ({
  schema: { type: 'string', minLength: 1, maxLength: most, description: says },
  read: (value, path) =>
    typeof value === 'string' && value.length > 0 && value.length <= most ? value : invalid(`${path} must be a text of 1 to ${most} characters`),
});

export const oneOf = <const W extends readonly string[]>(words: W, says: string): Shape<W[number]> => ({
  schema: { enum: words, description: says },
  read: (value, path) => (words.includes(value as string) ? (value as W[number]) : invalid(`${path} must be one of ${words.join(', ')}`)),
});

/** Absent means everything, so an empty list would be read as that by somebody: it is refused. */
export const listOf = <T>(of: Shape<T>, says: string): Shape<readonly T[]> => ({
  schema: { type: 'array', minItems: 1, items: of.schema, description: says },
  read: (value, path) => {
    if (!Array.isArray(value) || value.length === 0) return invalid(`${path} must be a list with at least one entry; leave it out to mean all`);
    return value.map((item, n) => of.read(item, `${path}[${n}]`));
  },
});

export const mapOf = <T>(names: RegExp, of: Shape<T>, says: string): Shape<Readonly<Record<string, T>>> => ({
  schema: { type: 'object', minProperties: 1, propertyNames: { pattern: names.source }, additionalProperties: of.schema, description: says },
  read: (value, path) => {
    const members = membersOf(value, path);
    const wrong = members.find(([name]) => !names.test(name));
    if (wrong) return invalid(`${path}.${shown(wrong[0])} can't be a name here: ${names.source}`);
    if (members.length === 0) return invalid(`${path} must name something; leave it out to mean all`);
    return Object.fromEntries(members.map(([name, item]) => [name, of.read(item, `${path}.${name}`)]));
  },
});

type Members = Readonly<Record<string, Shape<unknown>>>;
type Read<S> = S extends Shape<infer T> ? T : never;
/** What `object(members, required)` reads. */
export type ObjectOf<M extends Members, R extends keyof M> =
  & { readonly [K in R]: Read<M[K]> }
  & { readonly [K in Exclude<keyof M, R>]?: Read<M[K]> };

/** An unknown member is refused: it could be a condition that this version does not know, and to ignore it would be to allow more. */
export const object = <const M extends Members, const R extends keyof M & string>(
  members: M, required: readonly R[], says: string,
): Shape<ObjectOf<M, R>> => ({
  schema: {
    type: 'object', required, minProperties: 1, additionalProperties: false, description: says,
    properties: Object.fromEntries(Object.entries(members).map(([name, { schema }]) => [name, schema])),
  },
  read: (value, path) => {
    const given = membersOf(value, path);
    if (given.length === 0) return invalid(`${path} must have at least one member`);
    const missing = required.find((name) => !given.some(([there]) => there === name));
    if (missing !== undefined) return invalid(`${path}.${missing} is missing`);
    const read = given.map(([name, item]) => {
      if (!Object.hasOwn(members, name)) return invalid(`${path}.${shown(name)} is not known; known are ${Object.keys(members).join(', ')}`);
      return [name, members[name]!.read(item, `${path}.${name}`)];
    });
    return Object.fromEntries(read) as ObjectOf<M, R>;
  },
});

export const membersOf = (value: unknown, path: string): [string, unknown][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : invalid(`${path} must be an object`);

/** What was sent is not repeated, except harmless names of members. */
export const shown = (name: string): string => (/^[\w-]{1,64}$/.test(name) ? name : 'a member');
