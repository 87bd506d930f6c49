import type { Refusal, RefusalCode } from '../../domain/kernel/refusal.js';
import { PageError } from '../browser/page-error.js';

/** The person may have better luck, or another account. */
const AGAIN: Partial<Record<RefusalCode, number>> = {
  'sign_in.away': 503, 'sign_in.denied': 403, 'sign_in.not_admitted': 403, 'sign_in.claims_unusable': 403, 'sign_in.not_fresh': 403, 'sign_in.email_taken': 403, 'sign_in.unlinked': 403,
  'user.disabled': 403, 'idp.secret_missing': 503, 'tenant.suspended': 403,
};

export const canTryAgain = ({ code }: Refusal): boolean => code in AGAIN;
export const statusOf = ({ code }: Refusal): number => AGAIN[code] ?? (code.startsWith('link.') ? 403 : 400);

/** What is not to be believed says no more than that, to whoever brought it (CN-04, DM-05). */
export const asPage = (refusal: Refusal, isLink: boolean): PageError => {
  const again = isLink ? 'Go back to “Security” and begin again.' : 'Go back to the application, or to the sign-in page, and begin again.';
  if (canTryAgain(refusal) || refusal.code.startsWith('link.')) return new PageError(statusOf(refusal), isLink ? 'Nothing was linked' : 'You are not signed in', refusal.message, again);
  return new PageError(400, isLink ? 'Nothing was linked' : 'You are not signed in', `This answer is not taken: ${lower(refusal.message)}`, again);
};

const lower = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
