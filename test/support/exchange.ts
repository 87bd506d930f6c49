import { ChangeResource } from '../../src/commands/resources/change-resource.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import type { RegisteredAgent } from '../../src/commands/agents/register-agent.js';
import type { Principal } from '../../src/domain/grant/principal.js';
import { NOTES, SERVICE_CLIENT, type TestHub, basic } from './hub.js';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const CALENDAR = {
  ...NOTES, uri: 'https://calendar.example/api', kind: 'api' as const, name: 'Calendar',
  scopes: [{ name: 'events:read', description: 'See events' }, { name: 'events:write', description: 'Change events' }], defaultScopes: [],
};
export type Service = Required<RegisteredAgent>;

/** An agent that may exchange tokens, and get some of its own. */
export const exchanger = (hub: TestHub, name = 'Backend'): Promise<Service> =>
  hub.agent({ ...SERVICE_CLIENT, grantTypes: ['client_credentials', EXCHANGE] }, name) as Promise<Service>;

export const operate = (hub: TestHub, resourceId: string, agentId: string | undefined) =>
  hub.do(new ChangeResource(resourceId, { type: 'NameOperator', agentId }, hub.context));

export const allow = (hub: TestHub, agentId: string, principal: Principal, resourceId: string, scopes: readonly string[]) =>
  hub.do(new GiveGrant({ agentId, principal, resourceId, scopes }, hub.context));

export const exchange = (hub: TestHub, { clientId, clientSecret }: Service, subjectToken: string, fields: Record<string, string> = {}) =>
  hub.post('/token', { grant_type: EXCHANGE, subject_token: subjectToken, subject_token_type: ACCESS_TOKEN, ...fields }, basic(clientId, clientSecret));

export const claimsOf = (token: unknown): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(token).split('.')[1]!, 'base64url').toString('utf8')) as Record<string, unknown>;
