import type { Holder } from '../domain/credential/credential.events.js';
import type { Principal } from '../domain/grant/principal.js';
import { ID_PREFIX } from '../domain/kernel/ids.js';
import type { Crypto } from '../domain/ports/crypto.js';

const derived = (crypto: Crypto, prefix: string, ...parts: readonly string[]): string =>
  prefix + crypto.sha256(JSON.stringify(parts)).slice(0, 24);

/** The agent of a metadata document: one per (tenant, URL), without a look-up. */
export const agentIdOfUrl = (crypto: Crypto, tenant: string, url: string): string => derived(crypto, ID_PREFIX.agent, tenant, url);

/** RFC 8707 clients add or drop the slash of an empty path; that is the one difference that is forgiven. */
export const canonicalResource = (uri: string): string => (/^https?:\/\/[^/?#]+\/$/.test(uri) ? uri.slice(0, -1) : uri);
export const resourceIdOf = (crypto: Crypto, tenant: string, uri: string): string =>
  derived(crypto, ID_PREFIX.resource, tenant, canonicalResource(uri));

/** A connection is named within its tenant, and no other ever gets the name. */
export const connectionIdOf = (crypto: Crypto, tenant: string, name: string): string => derived(crypto, ID_PREFIX.connection, tenant, name);
export const isConnectionId = (id: string): boolean => id.startsWith(ID_PREFIX.connection);

/** An identity provider is named within its tenant. */
export const identityProviderIdOf = (crypto: Crypto, tenant: string, name: string): string => derived(crypto, ID_PREFIX.identityProvider, tenant, name);

/** One credential of a connection for each holder. */
export const credentialIdOf = (crypto: Crypto, tenant: string, connectionId: string, { kind, id }: Holder): string =>
  derived(crypto, ID_PREFIX.credential, tenant, connectionId, kind, id);

/** A grant is agent x principal x resource (or connection), so these three name it. */
export const grantIdOf = (crypto: Crypto, tenant: string, agentId: string, principal: Principal, resourceId: string): string =>
  derived(crypto, ID_PREFIX.grant, tenant, agentId, principal.kind, principal.id, resourceId);
