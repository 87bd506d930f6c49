import type { ObligationKind } from '../policy/access-request.js';

/**
 * How sure the hub is of who somebody is (OpenID Connect Core, `acr`), weakest first: one factor, two factors, two factors
 * of which one can't be given to a false site. It follows from the methods (RFC 8176) alone, so it is known wherever they are
 * and can't be claimed without them.
 */
export const ACR_VALUES = ['urn:mandate:acr:1', 'urn:mandate:acr:2', 'urn:mandate:acr:3'] as const;
export type Acr = (typeof ACR_VALUES)[number];

/** A second factor was shown, or one that is two in itself. */
const MULTI_FACTOR = 'mfa';
/** A key was proven to be at hand, for this origin alone. */
const BOUND_KEY = 'pop';

export const PASSWORD: readonly string[] = ['pwd'];
/** Of a factor that was confirmed. A passkey with user verification is something one has and something one knows or is. */
export const METHODS = { passkey: [BOUND_KEY, MULTI_FACTOR], totp: ['otp', MULTI_FACTOR], recovery: ['otp', MULTI_FACTOR] } as const;

/** `otp` alone is one factor, as a password is; it makes two only beside what came before it. */
export const together = (before: readonly string[], added: readonly string[]): readonly string[] => [...new Set([...before, ...added])];

export const levelOf = (methods: readonly string[]): number => {
  if (!methods.includes(MULTI_FACTOR)) return 1;
  return methods.includes(BOUND_KEY) ? 3 : 2;
};
export const acrOf = (methods: readonly string[]): Acr => ACR_VALUES[levelOf(methods) - 1]!;
/** Undefined for one that nobody here can reach. */
export const levelOfAcr = (acr: string): number | undefined => {
  const place = (ACR_VALUES as readonly string[]).indexOf(acr);
  return place < 0 ? undefined : place + 1;
};

/**
 * Words that would raise the level. Another issuer may mean other things by them, so from somebody else's mouth they count only
 * as far as an administrator said what proves them.
 */
export const RAISING: readonly string[] = METHODS.passkey;
/** What makes a sign-in of this level, beside how it was done. */
export const raisedTo = (level: number): readonly string[] => (level > 2 ? METHODS.passkey : level > 1 ? [MULTI_FACTOR] : []);

export const isMultiFactor = (methods: readonly string[]): boolean => levelOf(methods) > 1;

/** The obligations of a policy that a sign-in has met, wherever its methods have come to since. */
export const metBy = (methods: readonly string[] | undefined): readonly ObligationKind[] => (methods && isMultiFactor(methods) ? ['mfa'] : []);
