import { type IncomingRequest, accessTokenOf } from './access-token.js';
import type { AuthInfo } from './auth-info.js';
import { checkDemands, demandsOf } from './demands.js';
import { Issuer } from './issuer.js';
import { Liveness } from './liveness.js';
import type { ProtectionOptions } from './options.js';
import type { Principal } from './principal.js';
import { Refusal } from './refusal.js';
import { type Reply, replyTo } from './reply.js';
import { type ResourceMetadata, isMetadataRequest, metadataOf, metadataReply, metadataUrlOf, preflightReply } from './resource-metadata.js';
import { type Settings, settingsOf } from './settings.js';
import { TokenVerifier } from './token-verifier.js';

/** What becomes of a request: it goes on to the MCP server, or it is answered here. */
export type Verdict =
  | {
      readonly admitted: true;
      readonly principal: Principal;
      readonly authInfo: AuthInfo;
      /** The JSON that was judged. Serve this, not the bytes: a second parser could read them differently. */
      readonly body: unknown;
      /** For answers that stay open: false once the token has ended. Never rejects. */
      readonly stillTrusted: () => Promise<boolean>;
    }
  | { readonly admitted: false; readonly reply: Reply };

/** The request as the guard sees it; the body is read only after the token was found good. */
export interface GuardedRequest extends IncomingRequest {
  /** The parsed body, undefined when there is none; throws a Refusal when it can't be read. */
  readonly readBody: () => Promise<unknown>;
}

/** Stands in front of one MCP server and knows no framework: headers and a URL go in, a verdict comes out. */
export class Guard {
  /** The metadata that clients discover (RFC 9728), and where. */
  readonly metadata: ResourceMetadata;
  readonly metadataUrl: string;
  readonly #settings: Settings;
  readonly #verifier: TokenVerifier;
  readonly #liveness: Liveness;

  /** Throws a TypeError that names the option when one makes no sense. Opens no connection. */
  constructor(options: ProtectionOptions) {
    const settings = settingsOf(options);
    const issuer = new Issuer(settings);
    this.#settings = settings;
    this.metadata = metadataOf(settings);
    this.metadataUrl = metadataUrlOf(settings.resource);
    this.#verifier = new TokenVerifier(settings, issuer);
    this.#liveness = new Liveness(settings, issuer);
  }

  /** The options, completed; for adapters. A getter, so that a guard in a log line doesn't show the introspection secret. */
  get settings(): Settings {
    return this.#settings;
  }

  /** Judges one request. Rejects only when a function from the options throws; nothing is admitted then. */
  async check(request: GuardedRequest): Promise<Verdict> {
    const { method, headers } = request;
    if (isMetadataRequest(request, this.#settings.resource)) return { admitted: false, reply: metadataReply(method, this.metadata) };
    if (method === 'OPTIONS' && headers.get('access-control-request-method')) return { admitted: false, reply: preflightReply };
    let principal: Principal | undefined;
    try {
      const token = accessTokenOf(request);
      principal = await this.#identify(token);
      const body = await request.readBody();
      checkDemands(demandsOf(body, this.#settings), principal, this.#settings);
      const known = principal;
      return { admitted: true, principal, authInfo: this.#authInfo(principal, token), body, stillTrusted: () => this.#isTrusted(known, token) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#refuse(error, principal);
    }
  }

  /** Who the token speaks for, with the scopes that still count now. */
  async #identify(token: string): Promise<Principal> {
    const principal = await this.#verifier.verify(token);
    const live = await this.#liveness.check(token);
    return live ? Object.freeze({ ...principal, scopes: Object.freeze(principal.scopes.filter((scope) => live.includes(scope))) }) : principal;
  }

  async #isTrusted({ expiresAt }: Principal, token: string): Promise<boolean> {
    const { now, clockSkew } = this.#settings;
    if (now() / 1000 >= expiresAt + clockSkew) return false;
    return this.#liveness.check(token).then(
      () => true,
      () => false,
    );
  }

  #authInfo(principal: Principal, token: string): AuthInfo {
    return {
      token: this.#settings.exposeToken ? token : '',
      clientId: principal.clientId,
      scopes: [...principal.scopes],
      expiresAt: principal.expiresAt,
      resource: new URL(this.#settings.resource),
      resourceMetadataUrl: this.metadataUrl,
      extra: { principal },
    };
  }

  #refuse(refusal: Refusal, principal: Principal | undefined): Verdict {
    const { status, reason, message: description, cause } = refusal;
    this.#settings.onRefusal?.({ status, reason, description, ...(cause !== undefined && { cause }), ...(principal && { principal }) });
    return { admitted: false, reply: replyTo(refusal, { metadataUrl: this.metadataUrl, defaultScopes: this.#settings.defaultScopes }) };
  }
}
