import type { KnownUser } from '../user/user.decider.js';
import type { IdentityProviders } from './idp.decider.js';

/**
 * Whether a person may be here without an identity provider: not where people sign in with those only, and not who came by one,
 * for a passkey that they added here would let them in when their company has locked them out. Accounts for emergencies always may.
 */
export const mayComeLocally = ({ ways, emergency, providers }: IdentityProviders, { userId, identities }: Pick<KnownUser, 'userId' | 'identities'>): boolean => {
  if (ways === 'local' || emergency.includes(userId)) return true;
  return ways !== 'upstream' && !identities.some(({ via, providerId }) => via === 'first_sign_in' && providers.some((one) => one.providerId === providerId));
};
