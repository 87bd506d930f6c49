import { Refusal } from '../kernel/refusal.js';
import { RAISING, levelOfAcr, raisedTo, together } from '../user/authentication.js';
import type { UserClaims } from '../user/identities.js';
import type { ProviderSettings } from './idp.events.js';

type Said = Readonly<Record<string, unknown>>;
type Rules = Pick<ProviderSettings, 'emailDomains' | 'requires' | 'roles' | 'claims' | 'acr'>;

/** What a verified ID token says of a person, as far as the hub goes by it. */
export interface UpstreamPerson {
  /** Undefined where the provider names none. Never a key: whose account it is is decided by issuer and subject. */
  readonly email: string | undefined;
  readonly emailIsVerified: boolean;
  readonly name: string | undefined;
  /** By the provider's mapping; undefined where it has none, and administrators here decide. */
  readonly roles: readonly string[] | undefined;
  readonly claims: UserClaims | undefined;
  /** RFC 8176 names; empty where the provider does not say how. Those that raise the level come of the mapping alone. */
  readonly methods: readonly string[];
  /** NumericDate; undefined where the provider does not say when. */
  readonly authTime: number | undefined;
  /** The provider's name of its own session. */
  readonly session: string | undefined;
}

const MOST_VALUES = 200;
const MOST_METHODS = 10;
/** As events have it: an emoji counts twice. */
const MOST_LENGTH = 256;
/** No control characters and no separators of lines: a value stands in rules, events and on screens. */
const VALUE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;
const METHOD = /^[a-z0-9_.-]{1,32}$/;
const EMAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u;

const own = (said: Said, name: string): unknown => (Object.hasOwn(said, name) ? said[name] : undefined);
const textOf = (value: unknown, most: number): string | undefined => (typeof value === 'string' && value.trim() !== '' && value.length <= most ? value.trim() : undefined);

/** The values of a claim, single or in a list. Throws Refusal where they can't be gone by: to go by some would be to overlook the others. */
const valuesOf = (said: Said, name: string): readonly string[] => {
  const values: readonly unknown[] = [own(said, name) ?? []].flat().map((one) => (typeof one === 'boolean' || typeof one === 'number' ? String(one) : one));
  const isUsable = values.length <= MOST_VALUES && values.every((one) => typeof one === 'string' && one.length <= MOST_LENGTH && VALUE.test(one));
  if (!isUsable) throw new Refusal('sign_in.claims_unusable', 'The identity provider says more, or other things, of you than can be gone by here. An administrator can shorten it.');
  return values as readonly string[];
};

const emailOf = (said: Said): string | undefined => {
  const email = textOf(own(said, 'email'), 254);
  return email !== undefined && EMAIL.test(email) ? email : undefined;
};

/** Microsoft says that it owns the domain of an address in a claim of its own (`xms_edov`), and says it as text or number too. */
const isVerified = (said: Said): boolean => own(said, 'email_verified') === true || [true, 1, '1', 'true'].includes(own(said, 'xms_edov') as never);

/** Throws Refusal unless the provider's rules let the person in. */
export const checkAdmitted = ({ emailDomains, requires }: Rules, said: Said): void => {
  const notAdmitted = (): Refusal => new Refusal('sign_in.not_admitted', 'The identity provider knows you, but the rules here do not let you in. An administrator can change them.');
  const domain = isVerified(said) ? emailOf(said)?.toLowerCase().replace(/^.*@/, '') : undefined;
  if (emailDomains.length > 0 && (domain === undefined || !emailDomains.includes(domain))) throw notAdmitted();
  for (const { claim, values } of requires) if (!valuesOf(said, claim).some((value) => values.includes(value))) throw notAdmitted();
};

const rolesOf = ({ roles }: Rules, said: Said): readonly string[] | undefined =>
  (roles.length === 0 ? undefined : [...new Set(roles.filter(({ claim, value }) => valuesOf(said, claim).includes(value)).map(({ role }) => role))].sort());

/** A claim that the provider does not make is left out, so that a rule on it does not hold. */
const claimsOf = ({ claims }: Rules, said: Said): UserClaims | undefined =>
  (claims.length === 0 ? undefined : Object.fromEntries(claims.map(({ claim, as }) => [as, valuesOf(said, claim)] as const).filter(([, values]) => values.length > 0)));

const textsOf = (said: Said, name: string): readonly string[] => [own(said, name) ?? []].flat().filter((one): one is string => typeof one === 'string');

const methodsOf = ({ acr }: Rules, said: Said): readonly string[] => {
  const methods = textsOf(said, 'amr').filter((one) => METHOD.test(one) && !RAISING.includes(one)).slice(0, MOST_METHODS);
  const levels = acr.filter(({ claim, value }) => textsOf(said, claim).includes(value)).map((one) => levelOfAcr(one.acr) ?? 1);
  return together(methods, raisedTo(Math.max(1, ...levels)));
};

/** Throws Refusal where what is mapped can't be gone by. */
export const upstreamPerson = (rules: Rules, said: Said): UpstreamPerson => {
  const authTime = own(said, 'auth_time');
  return {
    email: emailOf(said), emailIsVerified: isVerified(said), name: textOf(own(said, 'name'), 200) ?? textOf(own(said, 'preferred_username'), 200),
    roles: rolesOf(rules, said), claims: claimsOf(rules, said), methods: methodsOf(rules, said),
    authTime: typeof authTime === 'number' && Number.isSafeInteger(authTime) && authTime >= 0 ? authTime : undefined,
    session: textOf(own(said, 'sid'), 256),
  };
};
