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

/** A grant is agent x principal x resource, so these three name it. */
export const grantIdOf = (crypto: Crypto, tenant: string, agentId: string, principal: Principal, resourceId: string): string =>
  derived(crypto, ID_PREFIX.grant, tenant, agentId, principal.kind, principal.id, resourceId);
