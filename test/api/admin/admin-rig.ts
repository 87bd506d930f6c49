import { adminControllers } from '../../../src/api/admin/admin.providers.js';
import { endpointsOf } from '../../../src/api/admin/endpoint-metadata.js';
import type { Endpoint } from '../../../src/api/admin/endpoint.js';
import { RegisterAgent, type RegisteredAgent } from '../../../src/commands/agents/register-agent.js';
import { AuthorizeAgent } from '../../../src/commands/authorization/authorize-agent.js';
import type { CommandContext } from '../../../src/commands/command-context.js';
import { resourceIdOf } from '../../../src/commands/derived-ids.js';
import { GiveGrant } from '../../../src/commands/grants/give-grant.js';
import { LiveState } from '../../../src/commands/live-state.js';
import { ActivatePolicy } from '../../../src/commands/policies/activate-policy.js';
import { PublishPolicy } from '../../../src/commands/policies/publish-policy.js';
import { ADMIN_SCOPES, adminApiUri } from '../../../src/commands/resources/hub-resources.js';
import { CreateTenant } from '../../../src/commands/tenants/create-tenant.js';
import { RegisterUser } from '../../../src/commands/users/register-user.js';
import { type KnownAgent, agent } from '../../../src/domain/agent/agent.decider.js';
import { SYSTEM } from '../../../src/domain/kernel/event.js';
import { streams } from '../../../src/domain/kernel/ids.js';
import { Crypto } from '../../../src/domain/ports/crypto.js';
import { pkce } from '../../support/code-flow.js';
import { PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, basic } from '../../support/hub.js';

export const EVERY_SCOPE: readonly string[] = ADMIN_SCOPES.map(({ name }) => name);
export const endpoints: readonly Endpoint[] = endpointsOf(adminControllers);

/** A tenant as a test sees it: the path that leads to it and the context that its commands are given. */
export interface Place {
  readonly path: string;
  readonly issuer: string;
  readonly context: CommandContext;
}
export const homeOf = (hub: TestHub): Place => ({ path: '', issuer: hub.issuer, context: hub.context });

export const makeTenant = async (hub: TestHub, slug: string): Promise<Place> => {
  const path = `/t/${slug}`;
  const issuer = hub.issuer + path;
  const { tenantId } = await hub.do(new CreateTenant({ slug, name: slug, issuer }, { actor: SYSTEM, correlationId: 'test' }));
  return { path, issuer, context: { tenant: tenantId, actor: SYSTEM, correlationId: 'test' } };
};

export const makeUser = async (hub: TestHub, roles: readonly string[], place = homeOf(hub)): Promise<string> => {
  const crypto = hub.inside.app.get(Crypto, { strict: false });
  const person = { email: `${crypto.randomId('u')}@example.com`, name: 'Somebody', roles };
  return (await hub.do(new RegisterUser(person, place.context))).userId;
};

export const adminApiId = (hub: TestHub, place = homeOf(hub)): string =>
  resourceIdOf(hub.inside.app.get(Crypto, { strict: false }), place.context.tenant, adminApiUri(place.issuer));

interface Wanted {
  readonly scopes?: readonly string[];
  readonly place?: Place;
  readonly resourceId?: string;
}

/** The token that an agent has once this person agreed to it; throws what the hub refuses it with. */
export const userToken = async (hub: TestHub, userId: string, { scopes = EVERY_SCOPE, place = homeOf(hub), resourceId = adminApiId(hub, place) }: Wanted = {}) => {
  const { agentId } = await hub.do(new RegisterAgent({ name: 'Admin console', metadata: PUBLIC_CLIENT }, { kind: 'team', id: 'team_test' }, place.context));
  const { state } = await hub.inside.app.get(LiveState, { strict: false }).entry(agent, streams.agent(agentId), place.context.tenant);
  const { challenge, verifier } = pkce();
  const wish = {
    client: { agentId, agent: state as KnownAgent }, session: { userId, authTime: hub.inside.clock.seconds(), methods: ['pwd'], digest: 'd' },
    resourceId, scopes, redirectUri: PUBLIC_CLIENT.redirectUris[0]!, codeChallenge: challenge, consentText: 'yes',
  };
  const { code } = await hub.do(new AuthorizeAgent(wish, { ...place.context, actor: { kind: 'user', id: userId } }));
  const fields = { grant_type: 'authorization_code', client_id: agentId, code, code_verifier: verifier, redirect_uri: wish.redirectUri };
  const { body } = await hub.post(`${place.path}/token`, fields);
  return { token: body['access_token'] as string, agentId, userId };
};

export const adminToken = async (hub: TestHub, wanted: Wanted = {}) => userToken(hub, await makeUser(hub, ['admin'], wanted.place), wanted);

/** As the operator would: what was granted is allowed, to agents that act for themselves too. */
export const letAgentsIn = async (hub: TestHub, place = homeOf(hub)): Promise<void> => {
  const { version } = await hub.do(new PublishPolicy(JSON.stringify({ rules: [{ id: 'everything-granted', effect: 'allow' }] }), place.context));
  await hub.do(new ActivatePolicy(version, 'ActivatePolicy', place.context));
};

/** An agent that acts for itself on the admin API. */
export const agentToken = async (hub: TestHub, { scopes = EVERY_SCOPE, place = homeOf(hub) }: Wanted = {}) => {
  const registered = (await hub.do(new RegisterAgent({ name: 'Robot', metadata: SERVICE_CLIENT }, { kind: 'team', id: 'team_test' }, place.context))) as Required<RegisteredAgent>;
  const { agentId, clientId, clientSecret } = registered;
  const resourceId = adminApiId(hub, place);
  await hub.do(new GiveGrant({ agentId, principal: { kind: 'agent', id: agentId }, resourceId, scopes }, place.context));
  const fields = { grant_type: 'client_credentials', resource: adminApiUri(place.issuer) };
  const { body } = await hub.post(`${place.path}/token`, fields, basic(clientId, clientSecret));
  return { token: body['access_token'] as string, agentId, clientId, clientSecret };
};

export type Body = Readonly<Record<string, unknown>>;
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}
interface Request {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const endpointAt = (method: string, path: string): Endpoint | undefined =>
  endpoints.find((one) => one.verb === method.toLowerCase() && new RegExp(`^(/t/[a-z-]+)?/${one.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(path.split('?')[0]!));

/** Calls the API; whatever it answers well must be exactly what its schema promises, so nothing more ever leaks. */
export const call = async (hub: TestHub, method: string, path: string, { token, body, headers = {} }: Request = {}): Promise<Answer> => {
  const response = await hub.fetch(path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  if (response.ok) endpointAt(method, path)?.answer.parse(parsed);
  return { status: response.status, headers: response.headers, body: parsed };
};

/** The same for one caller. */
export const callerWith = (hub: TestHub, token: string) => ({
  get: (path: string, headers: Readonly<Record<string, string>> = {}) => call(hub, 'GET', path, { token, headers }),
  post: (path: string, body: unknown = {}) => call(hub, 'POST', path, { token, body }),
  patch: (path: string, body: unknown) => call(hub, 'PATCH', path, { token, body }),
});

export const anAgent = { name: 'Invoice reader', owner: { kind: 'team', id: 'team_finance' }, grant_types: ['client_credentials'] };
