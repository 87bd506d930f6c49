import type { FoundClient } from '../../commands/agents/clients.js';
import type { KnownResource } from '../../domain/resource/resource.decider.js';

/** An authorization request that passed every check. */
export interface AuthorizationRequest {
  readonly client: FoundClient;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly resource: KnownResource;
  /** The resource is the hub's own, that only tells who the person is. */
  readonly isAboutPerson: boolean;
  /** What is asked for, limited to what the resource knows and a person can tell of themselves. */
  readonly scopes: readonly string[];
  readonly codeChallenge: string;
  readonly nonce: string | undefined;
  readonly prompt: ReadonlySet<string>;
  /** Seconds a sign-in may be old (OIDC max_age). */
  readonly maxAge: number | undefined;
  /** How sure the client wants to be of the person (RFC 9470 acr_values): 1 when it does not say. */
  readonly level: number;
  /** The query as it came: pages carry it on, sealed, and every step checks it from the start again. */
  readonly query: string;
}
