/** The arithmetic of secrets that commands need. Synchronous: it stands on the issuing path. */
export abstract class Crypto {
  /** `prefix` and 128 random bits in base64url: an id that can't be guessed. */
  abstract randomId(prefix: string): string;
  /**
   * `prefix`, the time (milliseconds since 1970) and 80 random bits, as in a ULID, in base64url: an id that is made once and
   * can't be guessed, for what is so frequent and has a stream of its own that an index of random names would cost more than
   * the event. Those of the same moment stand beside each other there.
   */
  abstract timedId(prefix: string, now: number): string;
  /** `prefix` and 256 random bits in base64url: a secret. */
  abstract randomSecret(prefix: string): string;
  /** SHA-256, base64url. */
  abstract sha256(text: string): string;
  /** The left half of the SHA-256, base64url: `at_hash` of OpenID Connect Core section 3.1.3.6. */
  abstract halfSha256(text: string): string;
  /** HMAC-SHA-256 under the deployment's key for `purpose`, base64url. Different purposes have unrelated keys. */
  abstract mac(purpose: string, text: string): string;
  /** Equality in a time that does not depend on where the texts differ. */
  abstract equal(a: string, b: string): boolean;
  /** UUIDv5 of (commandId, n): the same command gives the same event ids (RFC 9562 section 5.5). Throws RangeError for an id of more than 100 characters. */
  abstract eventId(commandId: string, n: number): string;
}
