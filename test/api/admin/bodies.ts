import { anAgent } from './admin-rig.js';

/** A body that the endpoint takes, where it takes one. An endpoint that is missing here fails the suite. */
export const BODIES: Readonly<Record<string, object>> = {
  registerAgent: anAgent, suspendAgent: { reason: 'r' }, retireAgent: { reason: 'r' }, changeAgentOwner: { owner: { kind: 'team', id: 'team_x' } },
  renewAgentLease: { lease_until: 4_000_000_000 }, rotateAgentSecret: {},
  registerUser: { email: 'x@example.com', name: 'X' }, changeUserRoles: { roles: [] }, disableUser: { reason: 'r' }, eraseUser: { reason: 'r' }, resetUserFactors: { reason: 'r' }, endUserSessions: {}, setUserPassword: { password: 'long enough to be one' },
  registerResource: { uri: 'https://x.example', kind: 'api', name: 'X', scopes: [{ name: 'x', description: 'X' }] },
  changeResourceScopes: { scopes: [{ name: 'x', description: 'X' }], default_scopes: [] }, mapResourceTools: { tools: [] }, nameResourceOperator: {}, withdrawResource: { reason: 'r' },
  giveGrant: { agent_id: 'agt_none', resource_id: 'res_none', scopes: ['x'] }, revokeGrant: { reason: 'r' }, narrowGrant: { scopes: ['x'] },
  publishPolicy: { document: { rules: [] } }, dryRunPolicy: { agent_id: 'agt_none', resource: 'https://none.example', scopes: ['x'] }, backTestPolicy: { version: 1 },
  changeAgentTags: { tags: ['support'] }, changeUserClaims: { claims: { department: ['billing'] } }, rotateSigningKeys: {}, revokeSigningKey: { reason: 'r' }, suspendTenant: { reason: 'r' }, changeTenant: {}, createTenant: { slug: 'made', name: 'Made' },
  defineConnection: { name: 'made', api_key: { placement: 'header', name: 'x-key' }, origins: ['https://api.example.com'] },
  changeConnection: { api_key: { placement: 'header', name: 'x-key' }, origins: ['https://api.example.com'] }, setConnectionSecret: { client_secret: 'a secret of a client' },
  suspendConnection: { reason: 'r' }, removeConnection: { reason: 'r' }, storeKey: { given: { key: 'a-key-of-a-service' } }, destroyCredential: { reason: 'r' }, breakGlass: { reason: 'r' },
  addTrustRule: { name: 'Cluster', issuer: 'https://cluster.example', claims: [{ claim: 'sub', equals: 'x' }], agent_id: 'agt_none' }, removeTrustRule: { reason: 'r' }, testTrust: { token: 'a.b.c' },
  setIdentityProvider: { name: 'acme', title: 'Acme', issuer: 'https://idp.example', client_id: 'hub', client_secret: 'a secret of a client' }, setIdentityProviderSecret: { client_secret: 'a secret of a client' },
  removeIdentityProvider: { reason: 'r' }, changeSignInWays: { ways: 'both' },
  denyApproval: { reason: 'r' },
  withdrawApproval: { reason: 'r' },
  takeBackup: {}, releaseDeployment: { reason: 'r' },
};
