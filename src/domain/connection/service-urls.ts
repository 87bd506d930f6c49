import { Refusal, type RefusalCode } from '../kernel/refusal.js';

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

const parsed = (url: string, what: string, local: boolean, code: RefusalCode = 'connection.invalid'): URL => {
  const read = URL.canParse(url) ? new URL(url) : undefined;
  const isPlain = read && /^[\x21-\x7e]+$/.test(url) && !/["'<>\\^`{|}]/.test(url) && !read.hostname.includes('*') && !url.includes('#') && read.username === '' && read.password === '';
  const isAllowed = read?.protocol === 'https:' || (local && read?.protocol === 'http:' && LOOPBACK.test(read.hostname));
  if (!isPlain || !isAllowed) throw new Refusal(code, `${what} must be an https URL without user and fragment.`);
  return read;
};

/** An endpoint of a service; what its name resolves to is judged when it is called. */
export const checkServiceUrl = (...asked: Parameters<typeof parsed>): void => void parsed(...asked);

/** Scheme, host and port and nothing else, spelled as URLs spell it, so that comparing texts compares origins. */
export const checkOrigin = (origin: string, local: boolean): void => {
  if (parsed(origin, 'An origin', local).origin !== origin) throw new Refusal('connection.invalid', `"${origin}" is not an origin such as https://api.example.com.`);
};

/** The host of a URL that was checked. */
export const originOf = (url: string): string => new URL(url).origin;
