/**
 * What a person can let an agent know of them (OpenID Connect Core section 5.4). They are the hub's own and go with any
 * resource: only a person can agree to them, and no agent has them for itself.
 */
export const IDENTITY_SCOPES = [
  { name: 'openid', description: 'Recognise you when you come back' },
  { name: 'profile', description: 'See your name' },
  { name: 'email', description: 'See your e-mail address' },
] as const;

const NAMES: ReadonlySet<string> = new Set(IDENTITY_SCOPES.map(({ name }) => name));
export const isIdentityScope = (scope: string): boolean => NAMES.has(scope);

/** Asks for a refresh token, not for anything a resource knows. */
export const OFFLINE_ACCESS = 'offline_access';

/** True for the names that have a meaning of their own here, so that no resource can have them. */
export const isReservedScope = (scope: string): boolean => scope === OFFLINE_ACCESS || isIdentityScope(scope);

/** Those of the asked ones: without `openid` it is no request of OpenID Connect, and the others mean nothing. */
export const identityScopesOf = (asked: readonly string[]): readonly string[] => (asked.includes('openid') ? asked.filter(isIdentityScope) : []);

/** What these scopes tell of a person beside the ID, as claims (OpenID Connect Core section 5.1). */
export const claimsOf = (scopes: readonly string[]): readonly ('name' | 'email')[] => [
  ...(scopes.includes('profile') ? ['name' as const] : []), ...(scopes.includes('email') ? ['email' as const] : []),
];
