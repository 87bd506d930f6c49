import type { Principal } from './principal.js';
import type { RefusalReason } from './refusal.js';

/** What a tool asks of the token: all of the scopes, and optionally how and how recently the user signed in (RFC 9470). */
export interface ToolDemand {
  readonly scopes: readonly string[];
  /** The token's `acr` must be one of these. */
  readonly acrValues?: readonly string[];
  /** The user must have signed in within so many seconds (`auth_time`). */
  readonly maxAge?: number;
}
/** A plain list is short for `{ scopes: list }`. An empty list means: any valid token. */
export type ToolRule = readonly string[] | ToolDemand;

/** How the server authenticates to the introspection endpoint (RFC 7662) of the issuer. */
export interface IntrospectionOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** How long an answer counts, in milliseconds: 500 by default, 1000 at most, 0 asks at every request. */
  readonly cacheMs?: number;
}

/** What was refused and why, with more detail than the caller is told. */
export interface RefusalReport {
  readonly status: number;
  readonly reason: RefusalReason;
  readonly description: string;
  readonly cause?: unknown;
  /** Known once the token has been verified. */
  readonly principal?: Principal;
}

export interface ProtectionOptions {
  /** The issuer of the authorization server, exactly as its metadata and its tokens spell it. */
  readonly issuer: string;
  /** The canonical URI of this MCP server: the only audience whose tokens are accepted. */
  readonly resource: string;
  /** Which tool needs what. A tool that isn't listed is closed, unless `defaultToolScopes` opens it. */
  readonly tools: Readonly<Record<string, ToolRule>> | Iterable<readonly [string, ToolRule]>;
  /** What a tool needs that isn't listed. Left out: such tools are refused. */
  readonly defaultToolScopes?: readonly string[];
  /** Scopes for other JSON-RPC methods, such as `resources/read` or `prompts/get`. Unlisted methods need a valid token only. */
  readonly methods?: Readonly<Record<string, readonly string[]>>;
  /** Told to clients as `scopes_supported`. Left out: every scope that is named in these options. */
  readonly scopes?: readonly string[];
  /** What a client without a token is told to ask for. Left out: all scopes. */
  readonly defaultScopes?: readonly string[];
  /** Scope hierarchies: does what was granted cover what is needed? Left out: only the same scope does. */
  readonly satisfies?: (granted: readonly string[], needed: string) => boolean;
  /** The tenant whose tokens are accepted, or a test of the claim's value. */
  readonly tenant?: string | ((tenant: string | undefined) => boolean);
  /** The claim that names the tenant; `tenant` by default. */
  readonly tenantClaim?: string;
  /** Asks the issuer whether the token still lives, so that a suspended agent is out at once and not only when its token expires. */
  readonly introspect?: IntrospectionOptions;
  /** A name for people, in the metadata. */
  readonly name?: string;
  /** A page for developers, in the metadata. */
  readonly documentation?: string;
  /** Narrows the accepted signature algorithms: ES256, RS256, PS256 and EdDSA by default. */
  readonly algorithms?: readonly string[];
  /** Tolerated difference of clocks, in seconds: 5 by default, 60 at most. */
  readonly clockSkew?: number;
  /** Hands the inbound token to tool code as `authInfo.token`, for a token exchange (RFC 8693). It must never be sent upstream as it is. */
  readonly exposeToken?: boolean;
  /** Permits http for issuer and resource on hosts other than this machine. For networks that are private by other means. */
  readonly allowHttp?: boolean;
  /** The longest request body that is read, in bytes: 4 MiB by default. */
  readonly maxBodyBytes?: number;
  /** How often an open event stream is checked again, in milliseconds: 1000 by default. */
  readonly streamCheckMs?: number;
  /** Told of every refusal. */
  readonly onRefusal?: (report: RefusalReport) => void;
  /** Replaces the global `fetch` for discovery, keys and introspection. */
  readonly fetch?: typeof globalThis.fetch;
  /** Replaces the clock; milliseconds since 1970. */
  readonly now?: () => number;
}
