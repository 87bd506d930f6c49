import { randomBytes } from 'node:crypto';
import type { Downstream } from '../test/support/downstream.js';
import type { AdminApi } from './admin-api.js';
import { type Person, WebAgent } from './web-agent.js';

const SUFFIX = randomBytes(3).toString('hex');
const api = (name: string, scope: string, says: string) => ({
  uri: `https://${name}-${SUFFIX}.tour.example/api`, kind: 'api', name, scopes: [{ name: scope, description: says }], default_scopes: [],
});
export const TICKETS = api('tickets', 'tickets:read', 'See tickets');
export const ORDERS = api('orders', 'orders:read', 'See orders');
export const CODE_HOST = `code-host-${SUFFIX}`;
const SECRET = randomBytes(24).toString('base64url');

/** Everything that an administrator does before the support agent can work. */
export interface SupportDesk {
  readonly sam: Person & { readonly userId: string };
  readonly agent: WebAgent;
  /** As able as the other, but for its tag. */
  readonly billing: WebAgent;
  readonly service: Downstream;
  readonly rules: readonly unknown[];
  /** Puts the policy back that was there before. */
  close(): Promise<void>;
}

/** A service that is not ours, with an authorization server of its own; it knows the hub as one of its clients. */
const startService = async (issuer: string): Promise<Downstream> => {
  // It warns of what nobody does in production: keys and a store in memory, here for as long as the tour lasts.
  console.warn = () => undefined;
  const { Downstream: Service } = await import('../test/support/downstream.js');
  const client = { client_id: 'hub', client_secret: SECRET, redirect_uris: [`${issuer}/connections/${CODE_HOST}/callback`], grant_types: ['authorization_code', 'refresh_token'], scope: 'openid offline_access read write' };
  return Service.start({ clients: [client] });
};

/** By the person's role and tenant and the agent's tag: nobody else gets at the orders and the code. */
const supportOnly = {
  id: `support-only-${SUFFIX}`, effect: 'deny', targets: { resources: [ORDERS.uri], connections: [CODE_HOST] },
  unless: { agents: { tags: ['support'] }, principals: { roles: ['support'], tenants: ['default'] } },
};

const decideBy = async (admin: AdminApi): Promise<{ readonly rules: readonly unknown[]; readonly before: number }> => {
  const { items } = await admin.call<{ items: { version: number; active: boolean }[] }>('GET', 'policies');
  const before = items.find(({ active }) => active)!.version;
  const { document } = await admin.call<{ document: { rules: unknown[] } }>('GET', `policies/${before}`);
  const rules = [...document.rules, supportOnly];
  const { version } = await admin.call<{ version: number }>('POST', 'policies', { document: { ...document, rules } });
  await admin.call('POST', `policies/${version}/activate`);
  return { rules, before };
};

export const setUpSupportDesk = async (admin: AdminApi, issuer: string): Promise<SupportDesk> => {
  const service = await startService(issuer);
  const sam = { email: `sam-${SUFFIX}@example.com`, name: 'Sam Support', password: randomBytes(12).toString('base64url') };
  const { user_id: userId } = await admin.call<{ user_id: string }>('POST', 'users', { ...sam, roles: ['support'] });
  await admin.call('POST', 'resources', TICKETS);
  const { resource_id: ordersId } = await admin.call<{ resource_id: string }>('POST', 'resources', ORDERS);
  const [agent, billing] = [await WebAgent.register(admin, issuer, 'Support agent'), await WebAgent.register(admin, issuer, 'Billing bot')];
  await admin.call('POST', `agents/${agent.agentId}/tags`, { tags: ['support'] });
  const { connection_id: connectionId } = await admin.call<{ connection_id: string }>('POST', 'connections', {
    name: CODE_HOST, title: 'Code host', oauth: { issuer: service.issuer, client_id: 'hub' }, client_secret: SECRET, origins: [service.issuer],
    scopes: [{ name: 'read', description: 'See repositories' }], routes: [{ methods: ['GET'], path: '/api/**', scopes: ['read'] }],
  });
  const principal = { kind: 'user', id: userId };
  await admin.call('POST', 'grants', { agent_id: agent.agentId, principal, resource_id: ordersId, scopes: ['orders:read'] });
  await admin.call('POST', 'grants', { agent_id: billing.agentId, principal, connection_id: connectionId, scopes: ['read'] });
  const { rules, before } = await decideBy(admin);
  return {
    sam: { ...sam, userId }, agent, billing, service, rules,
    close: async () => {
      await service.close();
      await admin.call('POST', `policies/${before}/rollback`);
    },
  };
};
