import type { z } from 'zod';
import { ApiProblem } from '../errors/problem.js';
import { malformed, notValid } from './admin-problems.js';

const MOST_NAMED = 5;

const nameOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('').slice(1);

/** For the person who reads it; to the library what is not there is a value too. */
const wordsOf = ({ message }: z.core.$ZodIssue): string => (message.endsWith('received undefined') ? 'is missing' : message);

/** What is wrong, by member. What was sent is not repeated, except names of members, and of those only the harmless. */
const sentences = ({ issues }: z.ZodError): string =>
  issues.slice(0, MOST_NAMED).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [`${nameOf(issue.path) || 'it'}: ${wordsOf(issue)}`];
    return issue.keys.slice(0, MOST_NAMED).map((key) => `${/^[\w-]{1,64}$/.test(key) ? nameOf([...issue.path, key]) : 'a member'} is not known here`);
  }).join('; ');

/** No store takes NUL in a text, and half a surrogate pair is another text when it is read again. */
const UNSTORABLE = /\0|\p{Cs}/u;
const isStorable = (value: unknown): boolean => {
  if (typeof value === 'string') return !UNSTORABLE.test(value);
  return typeof value !== 'object' || value === null || Object.entries(value).every(([name, member]) => isStorable(name) && isStorable(member));
};

/** Throws 422 naming the members that are unknown or wrong. */
export const readBody = <S extends z.ZodType>(schema: S, body: unknown): z.output<S> => {
  if (!isStorable(body)) throw notValid('The body has characters that can\'t be stored: NUL, or half of a surrogate pair.');
  const read = schema.safeParse(body ?? {});
  if (!read.success) throw notValid(`The body is not valid. ${sentences(read.error)}.`);
  return read.data;
};

/** Throws 400 naming the parameters that are unknown, repeated or wrong. */
export const readQuery = <S extends z.ZodType>(schema: S, query: unknown): z.output<S> => {
  if (!isStorable(query)) throw malformed('query.invalid', 'The query has characters that no text has: NUL, or half of a surrogate pair.');
  const read = schema.safeParse({ ...(query as object) });
  if (!read.success) throw malformed('query.invalid', `The query is not valid. ${sentences(read.error)}.`);
  return read.data;
};

export const wantsJson = (): ApiProblem =>
  new ApiProblem({ status: 415, code: 'content_type.unsupported', title: 'Not supported', detail: 'Send the body as application/json.' });
