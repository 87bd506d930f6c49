import type { AsClient } from './connection-drafts.js';

/** One redirect URI for each tenant and connection: an answer that arrives there can be of no other service (RFC 9700 section 4.4.2). */
export const callbackOf = (issuer: string, name: string): AsClient => ({ redirectUri: `${issuer}/connections/${name}/callback`, clientName: `Mandate at ${new URL(issuer).host}` });
