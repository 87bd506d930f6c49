import { Refusal } from '../kernel/refusal.js';

/** RFC 9396 section 2: what exactly is to be done, in the words of the resource. Shown to whoever confirms it, and carried by the token. */
export type AuthorizationDetail = { readonly type: string } & Readonly<Record<string, unknown>>;

export const MOST_DETAILS_CHARACTERS = 4_096;
const MOST_DETAILS = 10;
const MOST_LEVELS = 6;
const TYPE = /^[\w.:/-]{1,128}$/;
/** No store takes NUL in a text, and half a surrogate pair is another text when it is read again. */
const UNSTORABLE = /\0|\p{Cs}/u;

const refuse = (why: string): never => {
  throw new Refusal('approval.details_invalid', `authorization_details: ${why} (RFC 9396 section 2).`);
};

/**
 * The details in one spelling: members in order, no spaces. Two texts that say the same have the same digest, and what the
 * person is shown is what the token carries. Throws Refusal('approval.details_invalid').
 */
export const readAuthorizationDetails = (text: string): string => {
  if (text.length > MOST_DETAILS_CHARACTERS) return refuse(`at most ${MOST_DETAILS_CHARACTERS} characters`);
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return refuse('must be JSON');
  }
  if (!Array.isArray(read) || read.length === 0 || read.length > MOST_DETAILS) return refuse(`must be a list of 1 to ${MOST_DETAILS} objects`);
  for (const detail of read as readonly unknown[]) {
    const type = typeof detail === 'object' && detail !== null && Object.hasOwn(detail, 'type') ? (detail as { type: unknown }).type : undefined;
    if (typeof type !== 'string' || !TYPE.test(type)) return refuse('each is an object with a type');
  }
  const canonical = spelled(read, 0);
  // Numbers and escapes may be longer in the one spelling than they were.
  return canonical.length > MOST_DETAILS_CHARACTERS ? refuse(`at most ${MOST_DETAILS_CHARACTERS} characters`) : canonical;
};

export const detailsOf = (canonical: string): readonly AuthorizationDetail[] => (canonical === '' ? [] : (JSON.parse(canonical) as AuthorizationDetail[]));

const spelled = (value: unknown, level: number): string => {
  if (level > MOST_LEVELS) return refuse(`at most ${MOST_LEVELS} levels`);
  if (typeof value === 'string' && UNSTORABLE.test(value)) return refuse('characters that can\'t be stored');
  // What is read as another number than was written would be confirmed as another one.
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) return refuse('a number that is too large; write it as a text');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((one) => spelled(one, level + 1)).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  if (members.some(([name]) => UNSTORABLE.test(name))) return refuse('characters that can\'t be stored');
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${spelled(member, level + 1)}`).join(',')}}`;
};
