import { Refusal } from '../kernel/refusal.js';
import { type UrlOptions, isPublicName } from './client-id-url.js';
import { MAX_URI } from './redirect-uri.js';

/** A JSON object from outside. Read with `own` only: `__proto__` and `constructor` are nobody's metadata. */
export type Untrusted = Readonly<Record<string, unknown>>;

export const refuseMetadata = (why: string): never => {
  throw new Refusal('agent.metadata_invalid', why);
};

export const asObject = (value: unknown, what: string): Untrusted =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Untrusted) : refuseMetadata(`${what} must be a JSON object.`);

/** Null and the empty string count as absent: several clients send them for what they don't have. */
export const own = (source: Untrusted, member: string): unknown => {
  const value = Object.hasOwn(source, member) ? source[member] : undefined;
  return value === null || value === '' ? undefined : value;
};

export const optionalText = (source: Untrusted, member: string): string | undefined => {
  const value = own(source, member);
  return value === undefined || typeof value === 'string' ? value : refuseMetadata(`${member} must be a string.`);
};

export const optionalTexts = (source: Untrusted, member: string, most: number): readonly string[] | undefined => {
  const value = own(source, member);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return refuseMetadata(`${member} must be a list of strings.`);
  if (value.length > most) return refuseMetadata(`${member} must have at most ${most} entries.`);
  return sorted(value as string[]);
};

/** Each once, in one order: the same set always gives the same digest. */
export const sorted = <T extends string>(values: Iterable<T>): readonly T[] => [...new Set(values)].sort();

/** A name to show to people: one line, no control or direction-changing characters, at most 200 characters. */
export const displayName = (source: Untrusted): string | undefined => {
  const text = optionalText(source, 'client_name')?.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\s]+/gu, ' ').trim();
  return text ? [...text].slice(0, 200).join('') : undefined;
};

/** An address to fetch or link: https and a public host name. The fetch guards itself again when it resolves the name. */
export const httpsUri = (source: Untrusted, member: string, { allowLoopback = false }: UrlOptions): string | undefined => {
  const text = optionalText(source, member);
  if (text === undefined) return undefined;
  const url = text.length <= MAX_URI && /^[\x21-\x7e]+$/.test(text) && !text.includes('\\') && URL.canParse(text) ? new URL(text) : undefined;
  const loopback = allowLoopback && url !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname) && /^https?:$/.test(url.protocol);
  if (!url || url.username || url.password || !(loopback || (url.protocol === 'https:' && isPublicName(url.hostname)))) {
    return refuseMetadata(`${member} must be an https URL with a public host name.`);
  }
  return text;
};

/**
 * An address that is only shown. Plain http is dropped, not refused: some clients name their home page so, and nothing is
 * lost without it. Anything else than a web address (`javascript:`, `data:`) refuses.
 */
export const shownUri = (source: Untrusted, member: string, options: UrlOptions): string | undefined =>
  /^http:\/\//i.test(optionalText(source, member) ?? '') ? undefined : httpsUri(source, member, options);
