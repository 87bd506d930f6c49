import type { Challenge, Refusal } from './refusal.js';
import type { Settings } from './settings.js';

/** An answer, free of any framework. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** No cookie ever authenticates here, so pages of any origin may read the answers; they need the challenge to sign in. */
export const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version',
};

/** RFC 9110 section 5.6.4, reduced to what RFC 6750 section 3 permits: nothing in a value can end it. */
const quoted = (value: string): string => `"${value.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'")}"`;

const challengeHeader = (challenge: Challenge, description: string, { metadataUrl, defaultScopes }: ChallengeContext): string => {
  const { error, scopes, acrValues, maxAge } = challenge;
  const parameters: readonly (readonly [string, string | undefined])[] = [
    ['resource_metadata', metadataUrl],
    ['scope', (scopes ?? defaultScopes).join(' ') || undefined],
    ['error', error],
    ['error_description', error && description],
    ['acr_values', acrValues?.join(' ')],
    ['max_age', maxAge?.toString()],
  ];
  return `Bearer ${parameters.flatMap(([name, value]) => (value === undefined ? [] : `${name}=${quoted(value)}`)).join(', ')}`;
};
type ChallengeContext = Pick<Settings, 'defaultScopes'> & { readonly metadataUrl: string };

/** A body that couldn't be read is an error of JSON-RPC; everything else is one of OAuth. */
const bodyOf = ({ status, reason, message, challenge }: Refusal): object => {
  if (status === 400 || status === 413) return { jsonrpc: '2.0', error: { code: status === 400 ? -32700 : -32000, message }, id: null };
  if (status === 503) return { error: 'temporarily_unavailable', error_description: message };
  return { error: challenge?.error ?? (reason === 'tool.unmapped' ? 'access_denied' : 'unauthorized'), error_description: message };
};

export const replyTo = (refusal: Refusal, context: ChallengeContext): Reply => ({
  status: refusal.status,
  headers: {
    ...CORS,
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(refusal.challenge && { 'www-authenticate': challengeHeader(refusal.challenge, refusal.message, context) }),
    ...(refusal.status === 503 && { 'retry-after': '1' }),
  },
  body: JSON.stringify(bodyOf(refusal)),
});
