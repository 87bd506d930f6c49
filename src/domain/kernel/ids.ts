/** Ids are random and prefixed, so that one kind can never be taken for another (and never looks like a URL). */
export const ID_PREFIX = {
  tenant: 'tnt_', user: 'usr_', agent: 'agt_', resource: 'res_', grant: 'gnt_', authorization: 'aut_',
  connection: 'con_', credential: 'crd_', secret: 'sec_', lend: 'lnd_', backup: 'bak_', identityProvider: 'idp_',
  factor: 'fac_', trust: 'trs_', rotation: 'rot_', approval: 'apr_',
} as const;

/** What belongs to no tenant has the deployment's own space. No tenant has this id. */
export const DEPLOYMENT = 'deployment';

/** Stream names: category, a dash, an id. Never personal data: a stream's name outlives its content. */
export const streams = {
  deployment: (tenantId: string) => `deployment-${tenantId}`,
  tenant: (tenantId: string) => `tenant-${tenantId}`,
  user: (userId: string) => `user-${userId}`,
  agent: (agentId: string) => `agent-${agentId}`,
  resource: (resourceId: string) => `resource-${resourceId}`,
  grant: (grantId: string) => `grant-${grantId}`,
  authorization: (authorizationId: string) => `authorization-${authorizationId}`,
  connection: (connectionId: string) => `connection-${connectionId}`,
  credential: (credentialId: string) => `credential-${credentialId}`,
  approval: (approvalId: string) => `approval-${approvalId}`,
  /** Of an agent and whom it asks. */
  prompt: (pairId: string) => `prompt-${pairId}`,
  idp: (tenantId: string) => `idp-${tenantId}`,
  token: (jti: string) => `token-${jti}`,
  policy: (tenantId: string) => `policy-${tenantId}`,
  trust: (tenantId: string) => `trust-${tenantId}`,
  key: (tenantId: string) => `key-${tenantId}`,
  vault: (tenantId: string) => `vault-${tenantId}`,
  reservation: (kind: string, hmac: string) => `reservation-${kind}-${hmac}`,
  /** Of an agent, of a person, or of an identity provider; what another issuer's tokens were refused for, of the rule or the tenant. */
  activity: (id: string) => `activity-${id}`,
} as const;

export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));
export const idOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
