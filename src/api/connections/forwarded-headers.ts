/** RFC 9110 section 7.6.1: said for one hop, and never passed on. */
const HOP_BY_HOP = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect)$/;
/** What would prove somebody, say where a call came from, or make another call of it than the one that was looked at. */
const NOT_SENT = /^(host|authorization|cookie|forwarded|via|x-forwarded-.*|x-real-ip|origin|referer|sec-.*|accept-encoding|dpop|x-http-method(-override)?|x-method-override|x-original-url|x-rewrite-url|if-ledger-at-least)$/;
/** In what form an answer is wanted, and which of many calls it is: nothing that makes another call of it. */
const MANNER = /^(accept(-.*)?|user-agent|content-(length|type)|cache-control|pragma|if-(none-match|modified-since)|priority|traceparent|tracestate|baggage|b3|x-b3-.*|sentry-trace|x-request-id|x-correlation-id|idempotency-key)$/;
/** What the service says to a browser of its own, and not to an agent of ours. */
const NOT_RETURNED = /^(set-cookie2?|www-authenticate|alt-svc|strict-transport-security|clear-site-data|access-control-.*|content-security-policy(-report-only)?|cache-control|expires|pragma|nel|report-to|refresh)$/;

type Incoming = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The names that `Connection` lists belong to the hop too. */
const listed = ({ connection }: Incoming): readonly string[] => String(connection ?? '').toLowerCase().split(',').map((name) => name.trim());

/** What of an agent's request goes on to the service, beside the credential, which stands in `keyHeader`. */
export const sentHeaders = (given: Incoming, keyHeader: string): Readonly<Record<string, string>> => {
  const ofHop = listed(given);
  const kept = Object.entries(given).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.test(name) && !NOT_SENT.test(name) && !ofHop.includes(name) && name !== keyHeader.toLowerCase());
  // Unpacked it could not be looked through.
  return { ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])), 'accept-encoding': 'identity' };
};

/** Those of them that may make another call of it, an account that it is about for one: whoever confirms the call has to see them. */
export const tellingHeaders = (given: Incoming): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(sentHeaders(given, '')).filter(([name]) => !MANNER.test(name)));

/** Where a service leads on, it often repeats the query, with what it was asked with, in a spelling of its own. */
const tells = (value: string, secrets: readonly string[]): boolean => {
  const read = value.replaceAll(/%[0-9a-f]{2}/gi, (hex) => String.fromCharCode(Number.parseInt(hex.slice(1), 16)));
  return secrets.some((secret) => value.includes(secret) || read.includes(secret));
};

/** What of the service's answer comes back. Its pages must be nothing on our origin: not scripts, not stored, not sniffed. */
export const returnedHeaders = (given: Incoming, secrets: readonly string[]): Readonly<Record<string, string | string[]>> => {
  const ofHop = listed(given);
  const kept = Object.entries(given).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.test(name) && !NOT_RETURNED.test(name) && !ofHop.includes(name) && !tells(String(value), secrets));
  return {
    ...Object.fromEntries(kept.map(([name, value]) => [name, typeof value === 'string' ? value : [...(value ?? [])]])),
    'cache-control': 'no-store', 'content-security-policy': "sandbox; default-src 'none'", 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin', 'referrer-policy': 'no-referrer',
  };
};
