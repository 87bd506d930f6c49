import { authorizeUrl, pkce, signIn } from '../support/code-flow.js';
import { ANA, NOTES } from '../support/hub.js';
import { type Attempt, type CrashRow, always, said } from './crash-row.js';
import type { Change, CrashWorld } from './crash-world.js';

interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: unknown;
  readonly change?: Change;
}
const call = (world: CrashWorld, { method = 'POST', path, body, change }: Call): Attempt => async () => said(await world.admin(method, path, body, change));

/** One append, and doing it again is no different from doing it once. */
const repeatable = (status: string, make: (world: CrashWorld) => Promise<Call>): CrashRow => ({
  appends: 1, sees: always(status), prepare: async (world) => call(world, await make(world)),
});

const anAgent = { name: 'Agent', owner: { kind: 'team', id: 'team_test' }, grant_types: ['client_credentials'] };
const allowAll = { rules: [{ id: 'all', effect: 'allow' }] };
const aResource = (world: CrashWorld) => ({ uri: `https://${world.unique()}.example`, kind: 'api', name: 'An API', scopes: NOTES.scopes });

const resourceId = async (world: CrashWorld): Promise<string> => (await world.admin('POST', '/api/resources', aResource(world))).body['resource_id'] as string;

export const adminCrashes: Readonly<Record<string, CrashRow>> = {
  RegisterAgent: repeatable('201', async () => ({ path: '/api/agents', body: anAgent })),
  ChangeAgent: repeatable('200', async (world) => {
    const { clientId } = await world.service();
    return { path: `/api/agents/${clientId}/suspend`, body: { reason: 'a test' }, change: { stream: `agent-${clientId}`, type: 'AgentSuspended' } };
  }),
  RotateAgentSecret: repeatable('200', async (world) => {
    const { clientId } = await world.service();
    return { path: `/api/agents/${clientId}/secret`, body: {}, change: { stream: `agent-${clientId}`, type: 'AgentSecretRotated' } };
  }),
  GiveGrant: repeatable('201', async (world) => {
    const { body } = await world.admin('POST', '/api/agents', anAgent);
    return { path: '/api/grants', body: { agent_id: body['agent_id'], resource_id: world.resourceId, scopes: ['notes:read'] } };
  }),
  NarrowGrant: repeatable('200', async (world) => {
    const { grantId } = await world.service();
    return { path: `/api/grants/${grantId}/narrow`, body: { scopes: ['notes:read'] }, change: { stream: `grant-${grantId}`, type: 'GrantNarrowed' } };
  }),
  RevokeGrant: repeatable('200', async (world) => {
    const { grantId } = await world.service();
    return { path: `/api/grants/${grantId}/revoke`, body: { reason: 'a test' }, change: { stream: `grant-${grantId}`, type: 'GrantRevoked' } };
  }),
  RegisterResource: {
    appends: 1, sees: (durable) => (durable === 0 ? '201' : '409 resource.exists'),
    prepare: async (world) => call(world, { path: '/api/resources', body: aResource(world) }),
  },
  ChangeResource: {
    appends: 1, sees: (durable) => (durable === 0 ? '200' : '409 resource.withdrawn'),
    prepare: async (world) => {
      const id = await resourceId(world);
      return call(world, { path: `/api/resources/${id}/withdraw`, body: { reason: 'a test' }, change: { stream: `resource-${id}`, type: 'ResourceWithdrawn' } });
    },
  },
  RotateResourceSecret: repeatable('200', async (world) => {
    const id = await resourceId(world);
    return { path: `/api/resources/${id}/secret`, change: { stream: `resource-${id}`, type: 'ResourceSecretRotated' } };
  }),
  RegisterUser: {
    // Until there is a password the account is not finished, and the same registration again finishes it.
    appends: 3, sees: (durable) => (durable === 'answered' ? '409 user.exists' : '201'),
    prepare: async (world) => call(world, { path: '/api/users', body: { email: `${world.unique()}@example.com`, name: 'Somebody', password: ANA.password } }),
  },
  ChangeUser: repeatable('200', async (world) => {
    const { userId: id } = await world.person();
    return { path: `/api/users/${id}/disable`, body: { reason: 'a test' }, change: { stream: `user-${id}`, type: 'UserDisabled' } };
  }),
  EraseUser: {
    appends: 1, sees: always('200, then (erased)'),
    prepare: async (world) => {
      const { userId } = await world.person();
      const act = call(world, { path: `/api/users/${userId}/erase`, body: { reason: 'asked for' }, change: { stream: `user-${userId}`, type: 'UserErased' } });
      return { act, again: async () => `${await act()}, then ${String((await world.admin('GET', `/api/users/${userId}?reveal=true`)).body['name'])}` };
    },
  },
  SetPassword: {
    appends: 1, sees: always('200, then consent'),
    prepare: async (world) => {
      const person = await world.person();
      const password = 'another long password';
      const act = call(world, { path: `/api/users/${person.userId}/password`, body: { password } });
      const again = async (): Promise<string> => {
        const status = await act();
        const browser = world.hub.browser();
        const page = await signIn(browser, await browser.open(authorizeUrl(await world.publicClient(), pkce().challenge)), { ...ANA, ...person, password });
        return `${status}, then ${page.html.includes('name="decision"') ? 'consent' : 'not signed in'}`;
      };
      return { act, again };
    },
  },
  DisclosePeople: repeatable('200', async (world) => ({ method: 'GET', path: `/api/users/${(await world.person()).userId}?reveal=true` })),
  PublishPolicy: {
    ...repeatable('201', async () => ({ path: '/api/policies', body: { document: allowAll }, change: { stream: 'policy-tnt_default', type: 'PolicyPublished' } })), queue: 'policy',
  },
  ActivatePolicy: {
    appends: 1, queue: 'policy', sees: always('200'),
    prepare: async (world) => {
      const { body } = await world.admin('POST', '/api/policies', { document: allowAll });
      return call(world, { path: `/api/policies/${String(body['version'])}/activate`, change: { stream: 'policy-tnt_default', type: 'PolicyActivated' } });
    },
  },
  ShadowPolicy: {
    appends: 1, queue: 'policy', sees: always('200'),
    prepare: async (world) => {
      const { body } = await world.admin('POST', '/api/policies', { document: allowAll });
      return call(world, { path: `/api/policies/${String(body['version'])}/shadow`, change: { stream: 'policy-tnt_default', type: 'PolicyShadowStarted' } });
    },
  },
  RotateSigningKeys: { appends: 2, queue: 'key', sees: always('200'), prepare: async (world) => call(world, { path: '/api/keys/rotate', body: { algorithms: ['ES256'] } }) },
  RevokeSigningKey: {
    // The successor is made, the key counts no more, and its private half is destroyed; then there is no such key.
    appends: 3, queue: 'key', sees: (durable) => (durable === 3 || durable === 'answered' ? '404 key.unknown' : '200'),
    prepare: async (world) => {
      // Nothing of this world is signed with RS256, so nobody else's tokens end.
      const { items } = (await world.admin('GET', '/api/keys')).body as { items: readonly { kid: string; alg: string; status: string }[] };
      const { kid } = items.find(({ alg, status }) => alg === 'RS256' && status === 'active')!;
      return call(world, { path: `/api/keys/${kid}/revoke`, body: { reason: 'a test' }, change: { stream: 'key-tnt_default', type: 'SigningKeyRevoked' } });
    },
  },
  ChangeTenant: {
    ...repeatable('200', async (world) => ({
      method: 'PATCH', path: '/api/tenant', body: { allowed_hosts: [`${world.unique()}.example`] }, change: { stream: 'tenant-tnt_default', type: 'RegistrationPolicyChanged' },
    })),
    queue: 'tenant',
  },
  AddTrustRule: {
    ...repeatable('201', async (world) => {
      const { clientId } = await world.service();
      const body = { name: 'Cluster', issuer: 'https://cluster.example', claims: [{ claim: 'sub', equals: world.unique() }], agent_id: clientId };
      return { path: '/api/trust-rules', body, change: { stream: 'trust-tnt_default', type: 'TrustRuleAdded' } };
    }),
    queue: 'trust',
  },
  RemoveTrustRule: {
    appends: 1, queue: 'trust', sees: (durable) => (durable === 0 ? '200' : '404 trust.unknown'),
    prepare: async (world) => {
      const { clientId } = await world.service();
      const rule = { name: 'Cluster', issuer: 'https://cluster.example', claims: [{ claim: 'sub', equals: world.unique() }], agent_id: clientId };
      const { body } = await world.admin('POST', '/api/trust-rules', rule);
      return call(world, { path: `/api/trust-rules/${String(body['rule_id'])}/remove`, body: { reason: 'a test' }, change: { stream: 'trust-tnt_default', type: 'TrustRuleRemoved' } });
    },
  },
  TakeBackup: {
    // What was sent before the crash has no end, and is no backup.
    appends: 2, queue: 'deployment', sees: always('200, whole'),
    prepare: async (world) => async () => {
      const answer = await world.hub.fetch('/api/backups', { method: 'POST', headers: world.asAdmin, body: '{}' });
      const lines = (await answer.text()).trimEnd().split('\n');
      return `${answer.status}, ${'end' in (JSON.parse(lines.at(-1)!) as object) ? 'whole' : 'cut short'}`;
    },
  },
  CreateTenant: {
    // Its keys, its administrator and the hub's own resources come first; the policy that makes it complete comes last.
    appends: 13, sees: (durable) => (durable === 13 || durable === 'answered' ? '409 tenant.exists' : '201'),
    prepare: async (world) => {
      const administrator = { email: 'root@example.com', name: 'Root', password: ANA.password };
      return call(world, { path: '/api/tenants', body: { slug: world.unique(), name: 'A tenant', administrator } });
    },
  },
};
