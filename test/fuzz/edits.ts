import fc from 'fast-check';

/** Texts that have broken parsers before. */
export const HOSTILE: readonly string[] = [
  '', ' ', '\0', '\n', '\r\n\r\n', '%', '%00', '%zz', '%2e%2e%2f', '../', '..;/', '//', '\\', '"', '\'', '<script>', '${7*7}', '{{7*7}}', '%s%n', '*', '&', '=', ';', ',', '.', '..',
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', 'true', '0', '-1', '1e999', '9'.repeat(30), '0x1F', '1.5', '[]', '{}', '[object Object]',
  'é', '\u0130', '\u202e', '\ufeff', '\ud800', '😀', 'ａ', 'а', 'a'.repeat(300), 'a'.repeat(5000), 'http://169.254.169.254/', 'https://[::1]/', 'javascript:alert(1)', 'data:,x',
  'none', 'login consent', 'code token', 'S256', 'plain', 'offline_access', 'openid', 'agt_x', 'res_x', 'mc_aut_x.y', 'mr_aut_x.0.y', 'eyJhbGciOiJub25lIn0.e30.', `Basic ${'A'.repeat(40)}`, 'Bearer x',
];
const text = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...HOSTILE) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) });

/** One change to a text. Places are numbers of any size, taken modulo what is there. */
export type Edit =
  | { readonly kind: 'replace' | 'append'; readonly text: string }
  | { readonly kind: 'insert' | 'overwrite'; readonly at: number; readonly text: string }
  | { readonly kind: 'truncate' | 'flip' | 'case'; readonly at: number }
  | { readonly kind: 'repeat'; readonly times: number }
  /** Changes a member of a JSON text, or of a part of a JWT. */
  | { readonly kind: 'json'; readonly at: number; readonly how: JsonEdit };
export type JsonEdit =
  | { readonly kind: 'set'; readonly value: unknown }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'drop' | 'wrap' | 'twice' | 'proto' };

const at = fc.nat(10_000);
const json = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), value: fc.oneof(fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e308, [], {}, [[]], [null], { a: {} }), text, fc.jsonValue({ maxDepth: 3 })) }),
  fc.record({ kind: fc.constantFrom('drop' as const, 'wrap' as const, 'twice' as const, 'proto' as const) }),
  fc.record({ kind: fc.constant('name' as const), name: text }),
);
export const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constantFrom('replace' as const, 'append' as const), text }),
  fc.record({ kind: fc.constantFrom('insert' as const, 'overwrite' as const), at, text }),
  fc.record({ kind: fc.constantFrom('truncate' as const, 'flip' as const, 'case' as const), at }),
  fc.record({ kind: fc.constant('repeat' as const), times: fc.constantFrom(2, 3, 40) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('json' as const), at, how: json }) },
);

export const edited = (value: string, change: Edit): string => {
  switch (change.kind) {
    case 'replace':
      return change.text;
    case 'append':
      return value + change.text;
    case 'insert':
      return value.slice(0, placeIn(value, change.at)) + change.text + value.slice(placeIn(value, change.at));
    case 'overwrite':
      return value.slice(0, placeIn(value, change.at)) + change.text + value.slice(placeIn(value, change.at) + change.text.length);
    case 'truncate':
      return value.slice(0, placeIn(value, change.at));
    case 'flip':
      return flipped(value, placeIn(value, change.at));
    case 'case':
      return value === value.toUpperCase() ? value.toLowerCase() : value.toUpperCase();
    case 'repeat':
      return value.repeat(change.times).slice(0, 20_000);
    case 'json':
      return isJwt(value) ? editedJwt(value, change.at, change.how) : editedJson(value, change.at, change.how);
  }
};

const placeIn = (value: string, n: number): number => (value.length === 0 ? 0 : n % (value.length + 1));
const flipped = (value: string, n: number): string => value.slice(0, n) + String.fromCharCode((value.charCodeAt(n) || 65) ^ 1) + value.slice(n + 1);
const isJwt = (value: string): boolean => /^ey[\w-]*\.[\w-]*\.[\w-]*$/.test(value);

/** The signature stays what it was: whoever has no key can do no better. */
const editedJwt = (value: string, n: number, how: JsonEdit): string => {
  const parts = value.split('.');
  const which = n % 2;
  parts[which] = Buffer.from(editedJson(Buffer.from(parts[which]!, 'base64url').toString(), n >> 1, how)).toString('base64url');
  return parts.join('.');
};

type Node = Record<string, unknown> | unknown[];
const nodes = (value: unknown): readonly (readonly [Node, string])[] =>
  typeof value !== 'object' || value === null ? [] : Object.keys(value).flatMap((key) => [[value as Node, key] as const, ...nodes((value as Record<string, unknown>)[key])]);

export const editedJson = (value: string, n: number, how: JsonEdit): string => {
  let whole: { root: unknown };
  try {
    whole = { root: JSON.parse(value) };
  } catch {
    return value;
  }
  const all = nodes(whole);
  const [parent, key] = all[n % all.length]! as readonly [Record<string, unknown>, string];
  switch (how.kind) {
    case 'twice':
      return value.replace('{', `{${JSON.stringify(key)}:1,`);
    case 'proto':
      return value.replace('{', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},');
    case 'set':
      parent[key] = how.value;
      break;
    case 'wrap':
      parent[key] = [parent[key]];
      break;
    case 'name':
      if (Array.isArray(parent) && how.name === 'length') break;
      Object.defineProperty(parent, how.name, { value: parent[key], enumerable: true, configurable: true, writable: true });
      delete parent[key];
      break;
    case 'drop':
      delete parent[key];
  }
  return JSON.stringify(whole.root) ?? '';
};
