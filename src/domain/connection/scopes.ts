import type { ConnectionSettings } from './connection.events.js';

/** The scope of a connection to a service that knows none. It is never sent to it. */
export const USE = 'use';

/** What a service is asked for when these scopes are wanted. */
export const sentScopes = ({ oauth }: Pick<ConnectionSettings, 'oauth'>, scopes: readonly string[]): readonly string[] =>
  [...new Set([...scopes.filter((scope) => scope !== USE), ...(oauth?.extraScopes ?? [])])];

/** What the service said it gave, in words of the connection; what was asked for where it said nothing. */
export const givenScopes = ({ scopes }: Pick<ConnectionSettings, 'scopes'>, said: readonly string[] | undefined, asked: readonly string[]): readonly string[] => {
  const known = scopes.map(({ name }) => name);
  return known.filter((name) => (said === undefined || name === USE ? asked : said).includes(name));
};
