import type { Connection } from '../domain/connection/connection.decider.js';
import type { Grant } from '../domain/grant/grant.decider.js';
import type { Crypto } from '../domain/ports/crypto.js';
import type { Resource } from '../domain/resource/resource.decider.js';
import { isReservedScope } from '../domain/token/identity-scopes.js';

/** Where scopes have names: what they are asked of, and what was granted. */
interface Listing {
  readonly resource: { readonly state: Resource };
  readonly connection: { readonly state: Connection } | undefined;
  readonly grant: { readonly state: Grant };
}

const MASKED = /^unlisted:[\w-]{16}$/;

/**
 * What a client asks for it writes itself, and into the wrong field a secret or a name: what no scope is called stands in
 * decisions and events as a keyed fingerprint (SL-01). The same words give the same one, so that an attempt that comes
 * again is known again.
 */
export const recordableScopes = ({ resource, connection, grant }: Listing, scopes: readonly string[], crypto: Crypto): readonly string[] => {
  const target = connection?.state ?? resource.state;
  const named = target.status === 'unknown' ? [] : target.scopes;
  const granted = grant.state.status === 'none' ? [] : grant.state.scopes;
  const isListed = (scope: string): boolean => named.some(({ name }) => name === scope) || granted.includes(scope) || isReservedScope(scope) || MASKED.test(scope);
  if (scopes.every(isListed)) return scopes;
  return scopes.map((scope) => (isListed(scope) ? scope : `unlisted:${crypto.mac('unlisted-scope', scope).slice(0, 16)}`));
};
