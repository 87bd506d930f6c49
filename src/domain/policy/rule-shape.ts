import { type ObjectOf, type Shape, listOf, mapOf, object, oneOf, text } from './shape.js';

const name = (says: string) => text(256, says);
const uri = (says: string) => text(2048, says);
const list = (says: string) => listOf(name(says), `${says}; any of these`);

const owner = object({ kind: oneOf(['user', 'team'], 'Whose id it is'), id: name('Id of the user or team') }, ['kind', 'id'], 'An accountable person or team');
const agents = {
  ids: list('Agent ids'),
  tags: list('Tags that administrators gave the agent'),
  owners: listOf(owner, 'Accountable persons or teams; any of these'),
  registered_by: listOf(oneOf(['admin', 'dynamic', 'metadata_document', 'workload'], 'How the agent came into the directory'), 'How the agent came into the directory; any of these'),
  attested_by: list('What vouched for the agent in this very request: the kind of platform of a workload identity'),
};
const principals = {
  kinds: listOf(oneOf(['user', 'agent'], 'A user, or the agent acting for itself'), 'On whose authority it happens; any of these'),
  ids: list('User ids, or agent ids where the agent acts for itself'),
  roles: list('Roles of the user; an agent acting for itself has none'),
  tenants: list('Id or slug of the tenant'),
  claims: mapOf(/^[a-z][a-z0-9_]{0,63}$/, list('Values'), 'Claims of the user by name, each with the values that fit; all of these names'),
};
const targets = {
  resources: listOf(uri('Canonical URI'), 'Canonical URIs of resources; any of these'),
  connections: list('Names or ids of connections'),
  scopes: list('Scopes; the rule is about these alone'),
  tools: list('Tools of an MCP server; the rule is about the scopes that they need'),
  grant_types: list('Grant types'),
};
const selectors = {
  agents: object(agents, [], 'Which agents; all members have to fit'),
  principals: object(principals, [], 'On whose authority; all members have to fit'),
  targets: object(targets, [], 'What is asked for; all members have to fit, a resource or a connection where both are named'),
};

/** deny wins; an obligation holds up what a rule allows, and allows nothing by itself. */
const EFFECTS = ['allow', 'deny', 'require_approval', 'require_mfa'] as const;
export type Effect = (typeof EFFECTS)[number];

/** One rule, as it can be published. */
export const ruleShape = object({
  id: name('Decisions are recorded with it; unique within the document'),
  description: text(500, 'For people. About software and rules, not about persons: it stands in the ledger'),
  effect: oneOf(EFFECTS, 'deny wins; where no rule allows, nothing is allowed; an obligation allows nothing by itself'),
  ...selectors,
  unless: object(selectors, [], 'The rule is not about what all of these fit'),
  condition: text(1_000, 'CEL: the rule applies where it is true. What it can look at: docs/policies.md'),
}, ['id', 'effect'], 'One rule');

export type Selectors = ObjectOf<typeof selectors, never>;
export type PolicyRule = typeof ruleShape extends Shape<infer T> ? T : never;
