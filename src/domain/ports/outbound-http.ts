export interface OutboundRequest {
  readonly method: string;
  readonly url: string;
  /** Lower-case names. What belongs to the connection (host, content-length, connection) is said by the adapter. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array> | undefined;
  /** Milliseconds until the answer has begun. */
  readonly patience: number;
  /** Milliseconds until the answer has ended. */
  readonly deadline: number;
  /** Nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

export interface OutboundAnswer {
  readonly status: number;
  /** As they came, lower-case names; several of one name as a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** To be read to its end, or discarded: until then the connection stays open. Throws FetchRefused. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Nobody wants the rest. */
  discard(): void;
}

/**
 * Calls of services that an administrator named. Only https (http to loopback when development allows it); every address
 * that the name resolves to must be public or of a network that the operator opened, and the socket goes to the checked
 * address. No redirect is followed, no cookie kept, nothing unpacked. Throws FetchRefused.
 */
export abstract class OutboundHttp {
  abstract request(request: OutboundRequest): Promise<OutboundAnswer>;
}
