import type { ConnectionSettings, Route } from './connection.events.js';

/** Segments as they are sent, percent-encoded: nothing is decoded here that the service might decode otherwise. */
const matches = (pattern: string, path: string): boolean => {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const isOpen = wanted.at(-1) === '**';
  const fixed = isOpen ? wanted.slice(0, -1) : wanted;
  if (isOpen ? given.length < fixed.length : given.length !== fixed.length) return false;
  return fixed.every((segment, n) => segment === given[n] || (segment === '*' && given[n] !== ''));
};

/** Every route of the allow-list that a call is on; none: it may not be made. */
export const routesFor = ({ routes }: Pick<ConnectionSettings, 'routes'>, method: string, path: string): readonly Route[] =>
  routes.filter((route) => route.methods.includes(method) && matches(route.path, path));

/**
 * A path that every server reads alike: no dot segments however they are spelled, no empty segments, no encoded slashes,
 * backslashes or control characters. Whatever can be read in two ways could pass the allow-list in one of them (VA-07).
 */
export const isPlainPath = (path: string): boolean =>
  /^(\/([A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*)+$/.test(path)
  && !/\/\/|%(2f|5c|0[0-9a-f]|1[0-9a-f]|7f|25)/i.test(path)
  && !path.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment.split(';', 1)[0]!));
