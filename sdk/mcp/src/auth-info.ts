import type { Principal } from './principal.js';

/** The shape in which the official MCP SDK hands the caller to tools, as `ctx.http.authInfo`. */
export interface AuthInfo {
  /** Empty, unless `exposeToken` was chosen: a tool that holds the token could pass it on, and MCP forbids that. */
  token: string;
  clientId: string;
  scopes: string[];
  expiresAt: number;
  resource: URL;
  resourceMetadataUrl: string;
  extra: { principal: Principal };
}

/** Anything that carries an `authInfo`: the context of a tool, or the `authInfo` itself. */
export type Carrier = { readonly http?: { readonly authInfo?: object | undefined } | undefined } | { readonly extra?: Record<string, unknown> | undefined } | undefined;

/**
 * Who calls, inside a tool: `principalOf(ctx)`.
 * Throws when the call didn't pass through the guard, so that an unprotected mount is noticed at its first call.
 */
export const principalOf = (carrier: Carrier): Principal => {
  const info = (carrier && 'http' in carrier ? carrier.http?.authInfo : carrier) as { extra?: { principal?: Principal } } | undefined;
  const principal = info?.extra?.principal;
  if (!principal) throw new Error('No verified caller: this MCP server is not mounted behind the guard of @mandate/mcp.');
  return principal;
};
