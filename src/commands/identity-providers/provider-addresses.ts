/**
 * What is registered at a provider. Each has a redirect URI of its own, so that no answer can be taken for another's
 * (RFC 9700 section 4.4.2, DM-05).
 */
export const addressesOf = (issuer: string, name: string) => ({
  redirectUri: `${issuer}/sign-in/with/${name}/callback`,
  backchannelLogoutUri: `${issuer}/sign-in/with/${name}/logout`,
  postLogoutRedirectUri: `${issuer}/signed-out`,
});
