import { Refusal } from '../kernel/refusal.js';

type Said = Readonly<Record<string, unknown>>;

/** Whose session has ended, as a verified logout token says it. */
export interface LogoutToken {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly session: string | undefined;
  readonly jti: string;
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Seconds. A token is sent when somebody signs out; an old one is somebody's copy. */
const OLDEST = 180;
const SKEW = 60;

const invalid = (): Refusal => new Refusal('logout.invalid', 'This is no valid logout token.');
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' && value.length <= 256 ? value : undefined);
const isObject = (value: unknown): value is Said => typeof value === 'object' && value !== null && !Array.isArray(value);

/** OpenID Connect Back-Channel Logout 1.0 section 2.6, steps 3 to 8. Throws Refusal. */
export const logoutToken = (said: Said, expected: { readonly issuers: readonly string[]; readonly audience: string; readonly now: number }): LogoutToken => {
  const { iss, aud, iat, exp, jti, sub, sid, events, nonce } = said;
  const isFor = typeof iss === 'string' && expected.issuers.includes(iss) && [aud].flat().includes(expected.audience);
  const isNow = typeof iat === 'number' && iat <= expected.now + SKEW && iat >= expected.now - OLDEST && (exp === undefined || (typeof exp === 'number' && exp > expected.now - SKEW));
  // A nonce would make it an ID token, which must never pass for one of these, nor the other way.
  const isLogout = isObject(events) && isObject(events[EVENT]) && nonce === undefined;
  const [subject, session, id] = [text(sub), text(sid), text(jti)];
  if (!isFor || !isNow || !isLogout || id === undefined || (subject === undefined && session === undefined)) throw invalid();
  return { issuer: iss, subject, session, jti: id };
};
