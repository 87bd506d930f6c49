import { readAuthorizationDetails } from '../../domain/approval/authorization-details.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { OAuthError } from './oauth-error.js';

/** RFC 9396 section 2, in one spelling; undefined when there are none. Throws invalid_authorization_details. */
export const readDetails = (text: string | undefined): string | undefined => {
  try {
    return text === undefined ? undefined : readAuthorizationDetails(text);
  } catch (error) {
    if (error instanceof Refusal) throw new OAuthError('invalid_authorization_details', error.message);
    throw error;
  }
};
