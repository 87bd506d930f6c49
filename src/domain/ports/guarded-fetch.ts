export interface FetchedDocument {
  readonly body: string;
  readonly contentType: string;
  /** From Cache-Control, in seconds; undefined when the answer says nothing. */
  readonly maxAge?: number;
}

/** The request did not happen or its answer is unusable. `reason` is for the record; callers show one plain sentence. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused';
  constructor(
    readonly reason: 'url' | 'blocked_address' | 'dns' | 'redirect' | 'status' | 'content_type' | 'too_large' | 'timeout' | 'network' | 'rate_limited',
    message: string,
  ) {
    super(message);
  }
}

/**
 * GETs a document that a stranger named. Only https (http to loopback when development allows it); every address the
 * name resolves to must be public, and the socket goes to the checked address; no redirects, no cookies, bounded in size
 * and time (CIMD draft-02, RFC 6890). Throws FetchRefused.
 */
export abstract class GuardedFetch {
  /** `maxBytes`: for documents that are larger than a client's; 16 KB when it is left out. */
  abstract get(url: string, accept: string, maxBytes?: number): Promise<FetchedDocument>;
}
