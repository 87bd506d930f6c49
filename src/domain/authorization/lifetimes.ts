/** Seconds. */
export const CODE_LIFETIME = 60;
/** How long after its redemption a code may come again from a client that lost the answer, without that being taken for theft. */
export const CODE_RETRY = 10;
/** How long the predecessor of a refresh token still gets the same successor: parallel processes of one client share it. */
export const REFRESH_GRACE = 60;
export const REFRESH_IDLE_LIFETIME = 30 * 86_400;
export const REFRESH_ABSOLUTE_LIFETIME = 90 * 86_400;
