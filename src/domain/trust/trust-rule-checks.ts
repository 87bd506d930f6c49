import { SELF_SERVICE, OWN_POWER } from '../agent/metadata-choices.js';
import { Refusal } from '../kernel/refusal.js';
import { ANY_SEGMENT, segmentsOf } from './claim-match.js';
import { sharedIssuer } from './shared-issuers.js';
import type { AgentTemplate, ClaimRule, KeySource, TrustRule } from './trust.events.js';

const invalid = (why: string): never => {
  throw new Refusal('trust.invalid', why);
};

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;
/** SPIFFE ID section 2.1: a trust domain names no path, and is its own issuer where a token names none. */
const TRUST_DOMAIN = /^spiffe:\/\/[a-z0-9._-]{1,255}$/;
const TAG = /^[a-z0-9][a-z0-9_.:-]{0,63}$/;
const CLAIM = /^[\x21-\x7e]{1,200}$/;
const MOST_CLAIMS = 30;
const MOST_VALUES = 20;
const TEMPLATE_GRANTS: readonly string[] = [...SELF_SERVICE, ...OWN_POWER].filter((grant) => grant !== 'authorization_code' && grant !== 'refresh_token');

/** Written as it is compared: byte for byte. Whatever a URL parser would spell otherwise could never be an issuer's own text. */
const checkUrl = (text: string, what: string, local: boolean): void => {
  const url = /^[\x21-\x7e]+$/.test(text) && !text.includes('\\') && URL.canParse(text) ? new URL(text) : undefined;
  const isAllowed = url?.protocol === 'https:' || (local && url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (!url || !isAllowed || url.username !== '' || url.password !== '' || /[?#]/.test(text)) invalid(`${what} must be an https URL without user, query and fragment.`);
  if (url!.href !== text && url!.href !== `${text}/`) invalid(`${what} must be spelled as URLs are: ${url!.href.slice(0, 200)}`);
};

const checkKeys = ({ source, jwksUri, jwks }: KeySource, issuer: string, local: boolean): void => {
  if ((source === 'jwks_uri') !== (jwksUri !== undefined) || (source === 'inline') !== (jwks !== undefined)) invalid('Say once where the keys come from: by discovery, from a jwks_uri, or here as jwks.');
  if (jwksUri !== undefined) checkUrl(jwksUri, 'jwks_uri', local);
  if (source === 'discovery' && TRUST_DOMAIN.test(issuer)) invalid('A SPIFFE trust domain has no discovery document. Give the jwks_uri of its bundle endpoint, or its keys as jwks.');
};

/** No part of a pattern is half a star: it would look as if it matched the beginning of a name. */
const checkPattern = (pattern: string, claim: string): void => {
  const segments = segmentsOf(pattern);
  if (segments.some((segment) => segment !== ANY_SEGMENT && segment.includes(ANY_SEGMENT))) invalid(`In the pattern for ${claim} a star must stand alone between ":" or "/"; it is one whole segment.`);
  if (segments.every((segment) => segment === ANY_SEGMENT || /^[:/]?$/.test(segment))) invalid(`The pattern for ${claim} fits whatever stands there.`);
};

const checkClaim = ({ claim, match, values }: ClaimRule): void => {
  if (!CLAIM.test(claim)) invalid('A claim is a name, or a JSON Pointer such as /kubernetes.io/namespace.');
  if (values.length === 0 || values.length > MOST_VALUES) invalid(`${claim} needs 1 to ${MOST_VALUES} values that fit.`);
  if (values.some((value) => value === '' || value === '""')) invalid(`${claim} has an empty value, which says nothing.`);
  if (match === 'segments') for (const pattern of values) checkPattern(pattern, claim);
};

const checkTemplate = ({ name, tags, grantTypes, grants, identifiedBy }: AgentTemplate): void => {
  if (name.trim() === '') invalid('The agents of a template need a name.');
  if (identifiedBy.length === 0 || identifiedBy.length > 5 || !identifiedBy.every((claim) => CLAIM.test(claim))) invalid('Say by which claims the agents of a template are told apart: identified_by, 1 to 5 of them.');
  const tag = tags.find((one) => !TAG.test(one));
  if (tag !== undefined) invalid(`"${tag}" can't be a tag.`);
  const grantType = grantTypes.find((one) => !TEMPLATE_GRANTS.includes(one));
  if (grantType !== undefined || grantTypes.length === 0) invalid(`The grant_types of a template can be ${TEMPLATE_GRANTS.join(', ')}.`);
  if (grants.some(({ scopes }) => scopes.length === 0)) invalid('A grant without scopes grants nothing.');
};

/** Names that each network gives its own machines: every cluster may be called so, and have keys there that another one does not. */
const NOBODYS = /^(\[.*\]|\d+(\.\d+){3}|[^.]+|.*\.(default|svc|local|internal|localdomain|lan|home|corp|test|invalid))\.?$/;
/** Platforms whose keys stand where their issuer is. */
const AT_THEIR_ISSUER: readonly string[] = ['aws', 'eks', 'gke', 'github-actions', 'kubernetes'];
const originOf = (url: string): string => new URL(url).origin;

/** A platform's name in a policy is worth what its keys are: they come from the issuer itself, or are given here, and never from elsewhere (WF-13). */
const checkAnchor = ({ platform, issuer, keys }: TrustRule, local: boolean): void => {
  if (!AT_THEIR_ISSUER.includes(platform)) return;
  if (keys.jwksUri !== undefined && originOf(keys.jwksUri) !== originOf(issuer)) invalid('The keys of this platform come from its issuer. Leave jwks_uri out, or give the keys themselves as jwks.');
  const { hostname } = new URL(issuer);
  if (keys.source !== 'inline' && NOBODYS.test(hostname) && !(local && LOOPBACK.test(hostname)))
    invalid(`${hostname.slice(0, 100)} is a name that any cluster may have. Give the keys of this one as jwks (kubectl get --raw /openid/v1/jwks).`);
};

const binds = ({ match, claim }: ClaimRule, owner: readonly string[]): boolean => match === 'exact' && owner.includes(claim);

/** An issuer of many customers vouches for all of them alike: without whose it is, the rule would let everybody in (WF-04). */
const checkOwner = ({ issuer, purpose, claims }: TrustRule): void => {
  const shared = sharedIssuer(issuer, purpose);
  if (shared && !claims.some((one) => binds(one, shared.owner))) {
    throw new Refusal('trust.issuer_shared', `${issuer} gives tokens to ${shared.whose}. Bind the claim ${shared.owner.join(' or ')} to the values that are yours.`);
  }
  if (purpose === 'workload' && claims.length === 0) {
    throw new Refusal('trust.issuer_shared', `This would trust whatever ${issuer} gives a token to. Bind a claim that names the workload, such as sub.`);
  }
};

/** Throws Refusal with what is wrong. `issuer`: of the tenant; `local`: issuers on this machine's loopback are allowed (development). */
export const checkTrustRule = (rule: TrustRule, { issuer: own, local }: { readonly issuer: string; readonly local: boolean }): void => {
  const { issuer, audience, keys, claims, purpose, agentId, template } = rule;
  if (!TRUST_DOMAIN.test(issuer)) checkUrl(issuer, 'issuer', local);
  if (audience !== own && (purpose === 'users' || audience !== `${own}/token`)) invalid(`audience must be this hub's own: ${own}, or its token endpoint. A token for anybody else is not for us.`);
  checkKeys(keys, issuer, local);
  checkAnchor(rule, local);
  if (claims.length > MOST_CLAIMS) invalid(`At most ${MOST_CLAIMS} claims can be asked for.`);
  for (const claim of claims) checkClaim(claim);
  const named = [agentId, template].filter((one) => one !== undefined).length;
  if (purpose === 'users' ? named !== 0 : named !== 1) invalid(purpose === 'users' ? 'A rule about users names no agent: agents authenticate themselves.' : 'Say which agent is proven: an agent_id, or a template.');
  if (template) checkTemplate(template);
  checkOwner(rule);
};
