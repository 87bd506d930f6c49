import { Refusal } from '../kernel/refusal.js';
import { levelOf } from '../user/authentication.js';
import { isAsSaid } from '../user/identities.js';
import type { KnownUser } from '../user/user.decider.js';
import type { IdentityProvider } from './idp.decider.js';
import { issuersOf } from './issuers.js';
import { checkAdmitted, upstreamPerson } from './upstream-person.js';

/**
 * Whether a provider's rules of now let in whom it spoke for at an earlier sign-in, as what they are here and as sure as it made of
 * them then (`level`): what they would be by another mapping they become at their next sign-in.
 */
export const admitsStill = (provider: IdentityProvider, said: Readonly<Record<string, unknown>>, person: KnownUser, level: number): boolean => {
  try {
    checkAdmitted(provider, said);
    const { roles, claims, methods } = upstreamPerson(provider, said);
    const isTheirs = person.identities.some(({ via, providerId }) => via === 'first_sign_in' && providerId === provider.providerId);
    return levelOf(methods) >= level && issuersOf(provider).includes(said['iss'] as string) && (!isTheirs || isAsSaid(person, { roles, claims }));
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
};
