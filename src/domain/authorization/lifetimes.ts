/** Seconds. */
export const CODE_LIFETIME = 60;
/** How long the predecessor of a refresh token still gets the same successor: parallel processes of one client share it. */
export const REFRESH_GRACE = 60;
export const REFRESH_IDLE_LIFETIME = 30 * 86_400;
export const REFRESH_ABSOLUTE_LIFETIME = 90 * 86_400;
