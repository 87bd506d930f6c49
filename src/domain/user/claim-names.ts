import { Refusal } from '../kernel/refusal.js';

/** What the hub alone says of a token. A claim of a person that is called so could be taken for it by whoever reads a policy. */
const OF_THE_HUB: readonly string[] = [
  'iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'act', 'may_act', 'cnf', 'scope', 'tenant', 'acr', 'amr', 'auth_time', 'azp', 'client_id', 'agent',
];

/** Throws Refusal (PO-10). */
export const checkClaimNames = (names: readonly string[]): void => {
  const taken = names.filter((name) => OF_THE_HUB.includes(name));
  if (taken.length > 0) throw new Refusal('user.invalid', `A claim can't be called ${taken.join(', ')}: that is for the hub to say.`);
};
