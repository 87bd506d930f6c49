/** A picture of light (false) and dark (true) squares, row by row. */
export type Squares = readonly (readonly boolean[])[];

/** Time-based one-time codes (RFC 6238): six digits, thirty seconds, SHA-1, since that is what every app can do. */
export abstract class OneTimeCodes {
  /** A new secret in base32, 160 bits. */
  abstract secret(): Promise<string>;
  /** The address that an app reads from the picture. */
  abstract address(secret: string, label: { readonly issuer: string; readonly account: string }): Promise<string>;
  /** A text as a QR code. */
  abstract picture(text: string): Promise<Squares>;
  /**
   * The time step of which this is the code, from one before to one after `now` (seconds); undefined when it is of none.
   * Takes as long whichever it is. A step counts once: that is for the caller to see to.
   */
  abstract stepOf(secret: string, code: string, now: number): Promise<number | undefined>;
}
