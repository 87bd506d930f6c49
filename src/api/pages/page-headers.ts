import { stylesheet } from './stylesheet.js';

const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(stylesheet)));
const styleHash = `'sha256-${btoa(String.fromCharCode(...digest))}'`;

// No form-action: browsers hold a form to it along the whole chain of redirects that answers it, and the answer to a
// sign-in or a consent ends at the client (https, loopback, `cursor:`).
const POLICY = `default-src 'none'; style-src ${styleHash}; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'`;

/**
 * The headers of every HTML answer: no scripts (but for our one where a passkey is asked for), no styles but ours, nothing from elsewhere; not framed (CN-02), not kept,
 * no referrer that could carry a code (UI-05).
 */
export const pageHeaders = (scripts: 'no script' | 'our script' = 'no script'): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': scripts === 'no script' ? POLICY : `${POLICY}; script-src 'self'`,
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
});
