import { DownstreamRefused } from '../../domain/ports/downstream-oauth.js';
import { UpstreamRefused } from '../../domain/ports/upstream-sign-in.js';

const WORD = /^[\x21-\x7e]{1,64}$/;
/** RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6: it may be otherwise in a minute. */
const PASSING: readonly string[] = ['server_error', 'temporarily_unavailable'];

/** What went wrong inside the library, in words of ours. */
export const asRefused = (error: unknown): UpstreamRefused => {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth += 1) {
    if (cause instanceof UpstreamRefused) return cause;
    if (cause instanceof DownstreamRefused) return new UpstreamRefused('away', cause.reason, cause.message.replace('service', 'identity provider'));
  }
  const { name, error: code, code: kind } = error as { readonly name?: string; readonly error?: unknown; readonly code?: unknown };
  const word = [code, kind].find((one) => typeof one === 'string' && WORD.test(one)) as string | undefined;
  if (name === 'AuthorizationResponseError') return new UpstreamRefused(PASSING.includes(word ?? '') ? 'away' : 'denied', word ?? 'error', 'The identity provider signed nobody in.');
  return new UpstreamRefused('invalid', word ?? 'answer', 'What the identity provider said could not be believed.');
};
