/** Of the order of P-256. */
const NUMBER_BYTES = 32;
const joined = Buffer.alloc(2 * NUMBER_BYTES);

/**
 * An ES256 signature as JWS has it (RFC 7518 section 3.4: two numbers of 32 bytes, side by side), from what OpenSSL makes (DER of
 * a SEQUENCE of two INTEGERs, RFC 3279 section 2.2.3). Node can give the former itself; from version 24 on that takes as long as
 * the signature once more.
 */
export const joseSignature = (der: Buffer): string => {
  joined.fill(0);
  // Behind the tag and length of the sequence, and the tag of the number.
  let at = 3;
  for (let end = NUMBER_BYTES; end <= joined.length; end += NUMBER_BYTES) {
    const next = at + 1 + der[at]!;
    // A number that begins with a set bit has a zero before it, and one that begins with zeros goes without them.
    const from = Math.max(at + 1, next - NUMBER_BYTES);
    der.copy(joined, end - (next - from), from, next);
    at = next + 1;
  }
  return joined.toString('base64url');
};
