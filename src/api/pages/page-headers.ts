import { stylesheet } from './stylesheet.js';

/** Which page is sent: what its forms may reach differs. */
export type PageKind = 'signIn' | 'consent' | 'submitted' | 'signedOut' | 'error' | 'home' | 'myAgents';

const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(stylesheet)));
const styleHash = `'sha256-${btoa(String.fromCharCode(...digest))}'`;

const POLICY = `default-src 'none'; style-src ${styleHash}; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'`;

// Browsers hold a form to form-action along the whole chain of redirects that answers it. The answer to a sign-in or a
// consent ends at the client (https, loopback, `cursor:`), so these pages can't have one; the other pages can.
const FORM_ACTION: Readonly<Record<PageKind, string>> = {
  signIn: '', consent: '', submitted: "; form-action 'none'", signedOut: "; form-action 'none'",
  error: "; form-action 'none'", home: "; form-action 'none'", myAgents: "; form-action 'self'",
};

/**
 * The headers of every HTML answer: no scripts, no styles but ours, nothing from elsewhere; not framed (CN-02), not kept,
 * no referrer that could carry a code (UI-05). Without a kind: those that suit every page.
 */
export const pageHeaders = (kind: PageKind = 'consent'): Readonly<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY + FORM_ACTION[kind],
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
});
