import { type AccessRequest, isConnection } from './access-request.js';
import type { PolicyRule, Selectors } from './rule-shape.js';

/** 'missing': whether it fits hangs on something that is not known of the user. Whoever asks counts that against the request. */
export type Fit = boolean | 'missing';

/** One that does not fit is enough, whatever else is missing. */
const every = (fits: readonly (() => Fit)[]): Fit => {
  let all: Fit = true;
  for (const fit of fits) {
    const one = fit();
    if (one === false) return false;
    if (one === 'missing') all = 'missing';
  }
  return all;
};

type Members<K extends keyof Selectors> = NonNullable<Selectors[K]>;

const within = (wanted: readonly string[] | undefined, value: string | undefined): boolean =>
  wanted === undefined || (value !== undefined && wanted.includes(value));
const meets = (wanted: readonly string[] | undefined, values: readonly string[]): boolean =>
  wanted === undefined || wanted.some((word) => values.includes(word));

const fitsAgent = ({ ids, tags, owners, registered_by: registeredBy, attested_by: attestedBy }: Members<'agents'>, { agent, purpose, attestedBy: by }: AccessRequest): boolean =>
  agent.status !== 'unknown' && within(ids, agent.agentId) && meets(tags, agent.tags) && within(registeredBy, agent.method)
  && (purpose === 'inspect' || within(attestedBy, by))
  && (owners === undefined || owners.some(({ kind, id }) => kind === agent.owner.kind && id === agent.owner.id));

const fitsPrincipal = ({ kinds, ids, roles, tenants, claims }: Members<'principals'>, { principal, user, tenant }: AccessRequest): Fit => {
  const known = user?.status === 'unknown' ? undefined : user;
  if (!within(kinds, principal.kind) || !within(ids, principal.id)) return false;
  if (!meets(roles, known?.roles ?? [])) return false;
  if (tenants && (tenant.status === 'unknown' || !meets(tenants, [tenant.tenantId, tenant.slug]))) return false;
  if (claims === undefined) return true;
  // An agent that acts for itself has no claims; a user who lacks one may be anybody.
  return known !== undefined && every(Object.entries(claims).map(([name, values]) => () => {
    const found = claimOf(known.claims, name);
    return found === undefined ? 'missing' : meets(values, found);
  }));
};

/** Own members only: nobody has a claim called `constructor` by being an object. */
const claimOf = (claims: Readonly<Record<string, readonly string[]>>, name: string): readonly string[] | undefined =>
  Object.hasOwn(claims, name) ? claims[name] : undefined;

const fitsTarget = ({ resources, connections, grant_types: grantTypes }: Members<'targets'>, { target, grantType, purpose }: AccessRequest): boolean => {
  if (purpose === 'issue' && !within(grantTypes, grantType)) return false;
  if (resources === undefined && connections === undefined) return true;
  if (target.status === 'unknown') return false;
  return isConnection(target) ? connections !== undefined && meets(connections, [target.connectionId, target.name]) : (resources?.includes(target.uri) ?? false);
};

/** A rule about tools is about the scopes that they need, unless it is asked about one tool. */
const fitsScope = ({ scopes, tools }: Members<'targets'>, { target, tool }: AccessRequest, scope: string | undefined): boolean => {
  if (scopes && !within(scopes, scope)) return false;
  if (tools === undefined || tool !== undefined) return within(tools, tool);
  if (target.status === 'unknown' || isConnection(target) || scope === undefined) return false;
  return target.tools.some(({ name, scopes: needed }) => tools.includes(name) && needed.includes(scope));
};

const fitsParties = ({ agents, principals, targets }: Selectors, request: AccessRequest): Fit => {
  if (targets && !fitsTarget(targets, request)) return false;
  if (agents && !fitsAgent(agents, request)) return false;
  return principals === undefined || fitsPrincipal(principals, request);
};

const namesScopes = ({ targets }: Selectors): boolean => targets?.scopes !== undefined || targets?.tools !== undefined;
const namesManner = ({ agents, targets }: Selectors): boolean => targets?.grant_types !== undefined || agents?.attested_by !== undefined;

/** The rule says something else for other scopes. */
export const differsByScope = (rule: PolicyRule): boolean => namesScopes(rule) || (rule.unless !== undefined && namesScopes(rule.unless));
/** The rule looks at how something is issued: what is issued already can't be asked about that again. */
export const differsByManner = (rule: PolicyRule): boolean => namesManner(rule) || (rule.unless !== undefined && namesManner(rule.unless));

/** Whether the rule is about this request at all, whatever the scope. */
export const touches = (rule: PolicyRule, request: AccessRequest): Fit => {
  const fits = fitsParties(rule, request);
  if (fits === false || rule.unless === undefined || namesScopes(rule.unless)) return fits;
  return butNot(fits, excludes(rule.unless, request));
};

/** Of a rule that touches the request: whether it is about this scope; undefined is a request for no scope at all. */
export const isAbout = ({ targets, unless }: PolicyRule, request: AccessRequest, scope: string | undefined): Fit => {
  if (targets && !fitsScope(targets, request, scope)) return false;
  if (!unless?.targets || !namesScopes(unless) || !fitsScope(unless.targets, request, scope)) return true;
  return butNot(true, excludes(unless, request));
};

const butNot = (fits: Fit, excluded: Fit): Fit => {
  if (excluded === true) return false;
  return excluded === 'missing' ? 'missing' : fits;
};
const excludes = (unless: Selectors, request: AccessRequest): Fit =>
  request.purpose === 'inspect' && namesManner(unless) ? false : fitsParties(unless, request);
