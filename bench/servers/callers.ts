import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CommandBus } from '@nestjs/cqrs';
import { RegisterAgent, type RegisteredAgent } from '../../src/commands/agents/register-agent.js';
import type { CommandContext } from '../../src/commands/command-context.js';
import { resourceIdOf } from '../../src/commands/derived-ids.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import { RegisterResource } from '../../src/commands/resources/register-resource.js';
import { ResourceCredentials } from '../../src/commands/resources/resource-credentials.js';
import { BeginSession } from '../../src/commands/sign-in/begin-session.js';
import { RegisterUser } from '../../src/commands/users/register-user.js';
import type { ClientMetadata } from '../../src/domain/agent/agent.events.js';
import { Refusal } from '../../src/domain/kernel/refusal.js';
import { Crypto } from '../../src/domain/ports/crypto.js';
import { CALLBACK, CALLERS, EXCHANGE, type Caller, RESOURCE, type ServerReady, basicAuthorization } from './server-ready.js';

const METADATA: ClientMetadata = {
  redirectUris: [CALLBACK], grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', EXCHANGE], tokenEndpointAuthMethod: 'client_secret_basic', applicationType: 'web',
};

/** The resource, its server's credential, and clients with a signed-in person each, made by the commands that everybody uses. */
export const makeCallers = async (app: NestFastifyApplication, context: CommandContext, slug: string): Promise<Pick<ServerReady, 'callers' | 'lookUp'>> => {
  const bus = app.get(CommandBus, { strict: false });
  const sessions = app.get(BeginSession, { strict: false });
  const resourceId = resourceIdOf(app.get(Crypto, { strict: false }), context.tenant, RESOURCE.uri);
  // A ledger that is not new has it already.
  await bus.execute(new RegisterResource({
    uri: RESOURCE.uri, kind: 'mcp', name: 'Notes', scopes: RESOURCE.scopes.map((name) => ({ name, description: name })), defaultScopes: [], tools: [],
    tokenLifetime: RESOURCE.tokenLifetime, signingAlgorithm: 'ES256',
  }, context)).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== 'resource.exists') throw error;
  });

  const makeCaller = async (n: number): Promise<Caller> => {
    const agent = (await bus.execute(new RegisterAgent({ name: `Client ${n}`, metadata: METADATA }, { kind: 'team', id: 'team_bench' }, context))) as Required<RegisteredAgent>;
    const { userId } = await bus.execute(new RegisterUser({ email: `${agent.agentId}@bench.example`, name: `Person ${n}`, roles: [] }, context));
    for (const principal of [{ kind: 'agent', id: agent.agentId }, { kind: 'user', id: userId }] as const)
      await bus.execute(new GiveGrant({ agentId: agent.agentId, principal, resourceId, scopes: RESOURCE.scopes }, context));
    // The password has been checked, so to speak: what a sign-in costs (argon2) is not measured here.
    const { cookie } = (await sessions.whole({ userId, methods: ['pwd'], holds: () => true }, context))!;
    return { clientId: agent.clientId, authorization: basicAuthorization(agent.clientId, agent.clientSecret), cookie: `mandate_session_${slug}=${cookie}` };
  };
  const callers = await Promise.all(Array.from({ length: CALLERS }, (_, n) => makeCaller(n)));
  const { clientId, clientSecret } = await app.get(ResourceCredentials, { strict: false }).of(resourceId, context);
  return { callers, lookUp: { resource: RESOURCE.uri, authorization: basicAuthorization(clientId, clientSecret) } };
};
