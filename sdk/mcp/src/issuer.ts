import { type CryptoKey, type FlattenedJWSInput, type JSONWebKeySet, type JWK, type JWSHeaderParameters, createLocalJWKSet, errors } from 'jose';
import { FetchFailure, fetchObject } from './bounded-fetch.js';
import { isLoopback } from './loopback.js';
import { RemoteDocument, type Timing } from './remote-document.js';
import type { Settings } from './settings.js';

/** A removed key is refused after ten minutes at the latest; an outage of the issuer is bridged for as long. */
const TIMING: Timing = { freshMs: 300_000, staleMs: 600_000, coolDownMs: 30_000, retryMs: 2_000 };
const FETCH = { timeoutMs: 5_000, maxBytes: 262_144 } as const;
const MAX_KEYS = 100;

type KeySet = (header?: JWSHeaderParameters, token?: FlattenedJWSInput) => Promise<CryptoKey>;
interface Endpoints {
  readonly jwksUri: string;
  readonly introspectionEndpoint?: string;
}

/** MCP 2026-07-28: RFC 8414 first, then OpenID Connect Discovery with the path inserted, then appended. */
const discoveryUrls = (issuer: string): readonly string[] => {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const inserted = ['oauth-authorization-server', 'openid-configuration'].map((name) => `${origin}/.well-known/${name}${path}`);
  return path ? [...inserted, `${origin}${path}/.well-known/openid-configuration`] : inserted;
};

/** Only public keys: a symmetric one would let anyone who reads the set sign (RFC 8725 section 2.1). One bad entry doesn't spoil the rest. */
const isPublicKey = (key: unknown): boolean => {
  const { kty, d, k } = (key ?? {}) as JWK;
  return ['EC', 'RSA', 'OKP'].includes(kty ?? '') && d === undefined && k === undefined;
};

/** The configured authorization server: where its keys are, and which they are. Nothing in a token ever chooses where to look. */
export class Issuer {
  readonly #metadata: RemoteDocument<Endpoints>;
  readonly #keys: RemoteDocument<KeySet>;

  constructor(private readonly settings: Settings) {
    this.#metadata = new RemoteDocument(() => this.#discover(), TIMING, settings.now);
    this.#keys = new RemoteDocument(() => this.#loadKeys(), TIMING, settings.now);
  }

  /** The key that a token names. An unknown `kid` makes the set be fetched again, at most once per cool-down. */
  async keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const held = await this.#keys.get();
    try {
      return await held(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const renewed = await this.#keys.renew();
      if (renewed === held) throw error;
      return renewed(header, token);
    }
  }

  /** Where liveness is asked (RFC 7662); rejects when the issuer doesn't offer it. */
  async introspectionEndpoint(): Promise<string> {
    const { introspectionEndpoint } = await this.#metadata.get();
    if (!introspectionEndpoint) throw new FetchFailure(`${this.settings.issuer} names no introspection_endpoint.`);
    return introspectionEndpoint;
  }

  async #discover(): Promise<Endpoints> {
    for (const url of discoveryUrls(this.settings.issuer)) {
      const metadata = await fetchObject(url, { ...FETCH, fetch: this.settings.fetch }).catch((error: FetchFailure) => {
        // "Not here" sends us to the next form; silence or a server error doesn't, lest an outage picks another document.
        if (error.status !== undefined && error.status >= 400 && error.status < 500) return undefined;
        throw error;
      });
      if (metadata) return this.#endpoints(url, metadata);
    }
    throw new FetchFailure(`${this.settings.issuer} serves no metadata.`);
  }

  #endpoints(url: string, metadata: Record<string, unknown>): Endpoints {
    // RFC 8414 section 3.3: compared byte by byte, or one issuer could speak for another.
    if (metadata['issuer'] !== this.settings.issuer) throw new FetchFailure(`${url} is the metadata of another issuer: ${String(metadata['issuer'])}.`);
    const introspection = metadata['introspection_endpoint'];
    return {
      jwksUri: this.#secure('jwks_uri', metadata['jwks_uri']),
      ...(introspection !== undefined && { introspectionEndpoint: this.#secure('introspection_endpoint', introspection) }),
    };
  }

  #secure(name: string, value: unknown): string {
    if (typeof value === 'string' && URL.canParse(value)) {
      const { protocol, hostname } = new URL(value);
      if (protocol === 'https:' || (protocol === 'http:' && (this.settings.allowHttp || isLoopback(hostname)))) return value;
    }
    throw new FetchFailure(`${this.settings.issuer} names no usable ${name}.`);
  }

  async #loadKeys(): Promise<KeySet> {
    const { jwksUri } = await this.#metadata.get();
    const { keys } = await fetchObject(jwksUri, { ...FETCH, fetch: this.settings.fetch });
    if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new FetchFailure(`${jwksUri} is no key set of at most ${MAX_KEYS} keys.`);
    return createLocalJWKSet({ keys: keys.filter(isPublicKey) } as JSONWebKeySet);
  }
}
