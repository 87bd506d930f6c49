import { SecretEchoed } from '../errors/service-problem.js';

/**
 * Passes an answer through and stops at the first of the secrets, also where it is spread over several chunks. Nothing is
 * held back longer than it could be the beginning of one, so that a stream of events stays one.
 */
export async function* screened(body: AsyncIterable<Uint8Array>, secrets: readonly string[]): AsyncGenerator<Uint8Array> {
  const wanted = secrets.map((secret) => Buffer.from(secret));
  let held: Uint8Array = Buffer.alloc(0);
  for await (const chunk of body) {
    const seen = Buffer.concat([held, chunk]);
    if (wanted.some((secret) => seen.includes(secret))) throw new SecretEchoed('the service sent the credential back');
    const kept = Math.max(0, ...wanted.map((secret) => beginningAtEnd(seen, secret)));
    if (seen.length > kept) yield seen.subarray(0, seen.length - kept);
    held = seen.subarray(seen.length - kept);
  }
  if (held.length > 0) yield held;
}

/** How many bytes at the end are the beginning of the secret. */
const beginningAtEnd = (seen: Buffer, secret: Buffer): number => {
  for (let length = Math.min(secret.length - 1, seen.length); length > 0; length -= 1)
    if (seen.subarray(seen.length - length).equals(secret.subarray(0, length))) return length;
  return 0;
};

/** Passes at most so many bytes. */
export async function* bounded(body: AsyncIterable<Uint8Array>, most: number, tooMuch: () => Error): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw tooMuch();
    yield chunk;
  }
}
