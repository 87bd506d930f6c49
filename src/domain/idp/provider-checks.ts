import { checkServiceUrl } from '../connection/service-urls.js';
import { checkNoReference } from '../connection/setting-checks.js';
import { Refusal } from '../kernel/refusal.js';
import { ACR_VALUES, levelOfAcr } from '../user/authentication.js';
import { checkClaimNames } from '../user/claim-names.js';
import type { ProviderSettings } from './idp.events.js';
import { DIRECTORY_TEMPLATE, isShared } from './issuers.js';

const invalid = (what: string): never => {
  throw new Refusal('idp.invalid', what);
};

/** Stands in addresses. */
const PROVIDER_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const ENTRA = `https://login.microsoftonline.com/${DIRECTORY_TEMPLATE}/v2.0`;
const DIRECTORY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DOMAIN = /^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/;
const WORD = /^[\x21-\x7e]{1,256}$/;
/** Signed with a key that only the provider has; with a symmetric one, whoever has the client secret signs in as anybody. */
export const ID_TOKEN_ALGORITHMS: readonly string[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
/** Who a person is does not belong into rules: they stand in the ledger for good, and in decisions. */
const PERSONAL: readonly string[] = [
  'sub', 'email', 'name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'upn', 'unique_name', 'verified_primary_email', 'phone_number', 'address', 'birthdate', 'picture', 'profile', 'website', 'oid', 'login_hint',
];

const checkIssuer = ({ issuer, directories, emailDomains, requires }: ProviderSettings, local: boolean): void => {
  if (isShared(issuer) && issuer !== ENTRA) invalid('This issuer is a template that is not known here.');
  checkServiceUrl(issuer.replace(DIRECTORY_TEMPLATE, 'x'), 'issuer', local, 'idp.invalid');
  // Everybody in the world has an account there: to trust the issuer alone is to trust everybody.
  if (isShared(issuer) && directories.length === 0) invalid('This issuer speaks for every customer of Microsoft. Name the directories (tid) whose people may come, or use the issuer of your own directory.');
  if (!isShared(issuer) && directories.length > 0) invalid('Directories are named only for an issuer that speaks for several.');
  if (directories.some((id) => !DIRECTORY.test(id))) invalid('A directory is named by its id, in lower case: 8-4-4-4-12 hexadecimal digits.');
  const isBound = emailDomains.length > 0 || requires.some(({ claim }) => claim === 'hd');
  if (issuer === 'https://accounts.google.com' && !isBound) invalid('Everybody can have a Google account. Say whose may come: require the claim hd to be your domain.');
};

const checkRules = ({ emailDomains, requires, roles, claims, acr }: ProviderSettings): void => {
  if (emailDomains.some((domain) => !DOMAIN.test(domain))) invalid('An e-mail domain is written like example.com, in lower case.');
  for (const { claim, values } of requires) {
    if (values.length === 0) invalid(`Say which values of "${claim}" let people in.`);
    checkClaim(claim);
  }
  for (const { claim } of roles) checkClaim(claim);
  if (acr.some((one) => (levelOfAcr(one.acr) ?? 1) < 2)) invalid(`What counts as more than one factor is mapped to ${ACR_VALUES.slice(1).join(' or ')}.`);
  if (acr.some(({ value }) => !WORD.test(value))) invalid('A value of acr, acrs or amr has no spaces.');
  for (const { claim, as } of claims) {
    checkClaim(claim);
    if (!/^[a-z][a-z0-9_]{0,63}$/.test(as)) invalid(`"${as}" can't be the name of a claim in rules: lower case letters, digits and underscores, a letter first.`);
  }
  checkClaimNames(claims.map(({ as }) => as));
  if (new Set(claims.map(({ as }) => as)).size !== claims.length) invalid('Two claims can\'t have the same name in rules.');
};

const checkClaim = (claim: string): void => {
  if (!WORD.test(claim)) invalid(`"${claim}" can't be a claim.`);
  if (PERSONAL.includes(claim)) invalid(`"${claim}" says who a person is. Rules go by groups, roles and departments.`);
};

/** Throws Refusal with what is wrong. `local`: a provider on this machine's loopback is allowed (development). */
export const checkProvider = (settings: ProviderSettings, local: boolean): void => {
  const { name, title, clientId, scopes, endpoints } = settings;
  if (!PROVIDER_NAME.test(name)) invalid('A name has 1 to 40 lower case letters, digits and inner dashes.');
  if (title.trim() === '') invalid('An identity provider has a title, which people read.');
  if (!WORD.test(clientId)) invalid('This can\'t be a client_id.');
  checkNoReference(clientId);
  if (!scopes.includes('openid')) invalid('Without the scope openid nobody says who the person is.');
  if (scopes.some((scope) => !WORD.test(scope))) invalid('A scope has no spaces.');
  checkIssuer(settings, local);
  checkRules(settings);
  for (const [what, url] of Object.entries({ authorization: endpoints.authorization, token: endpoints.token, jwks: endpoints.jwks, 'end session': endpoints.endSession }))
    if (url !== undefined) checkServiceUrl(url, `The ${what} endpoint`, local, 'idp.invalid');
  if (endpoints.algorithms.length === 0 || endpoints.algorithms.some((one) => !ID_TOKEN_ALGORITHMS.includes(one))) invalid('The provider signs ID tokens with no algorithm that is safe here.');
};
