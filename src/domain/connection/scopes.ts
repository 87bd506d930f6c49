import { isReservedScope } from '../token/identity-scopes.js';
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

/**
 * How many scopes the service said it gave that the connection does not know: what a credential can do that nobody can be
 * asked about. What was asked for beside them, and who the person is (OpenID Connect), is no power over the service.
 */
export const scopesBeyond = ({ scopes, oauth }: Pick<ConnectionSettings, 'scopes' | 'oauth'>, said: readonly string[] | undefined): number => {
  const known = scopes.map(({ name }) => name);
  // Where the only scope is to use the service, it is all of it.
  if (said === undefined || known.includes(USE)) return 0;
  const fine = [...known, ...(oauth?.extraScopes ?? [])];
  return new Set(said.filter((scope) => !fine.includes(scope) && !isReservedScope(scope))).size;
};
