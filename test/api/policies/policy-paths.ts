import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { DefineConnection } from '../../../src/commands/connections/define-connection.js';
import { StoreKey } from '../../../src/commands/credentials/store-key.js';
import { ActivatePolicy } from '../../../src/commands/policies/activate-policy.js';
import { PublishPolicy } from '../../../src/commands/policies/publish-policy.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { answerOf, authorizeUrl, obtainCode, pkce, redeem, refresh, signIn } from '../../support/code-flow.js';
import { allow, exchange, exchanger, operate } from '../../support/exchange.js';
import { ANA, NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub } from '../../support/hub.js';
import { JWT_BEARER, WorkloadRig } from '../../support/workload-rig.js';

/** What a path answered: allowed with these scopes, or the reason that was recorded. */
export type Outcome = string;
export interface Paths {
  readonly userId: string;
  /** By name; each asks for notes:read, for Ana or, client_credentials and jwt_bearer, for the agent itself. */
  readonly of: Readonly<Record<string, () => Promise<Outcome>>>;
  decideBy(rules: readonly unknown[]): Promise<void>;
  /** What happens when everything is prepared, and how it is undone when the path has answered. */
  disturb(apply: (agents: readonly string[]) => Promise<unknown>, undo: (agents: readonly string[]) => Promise<unknown>): void;
}

export const decideBy = async (hub: TestHub, rules: readonly unknown[]): Promise<void> => {
  const { version } = await hub.do(new PublishPolicy(JSON.stringify({ rules }), hub.context));
  await hub.do(new ActivatePolicy(version, 'ActivatePolicy', hub.context));
};

const ALLOW = [{ id: 'all', effect: 'allow' }];

/** A service that knows a scope of the same name, its key, and a grant for it. */
const connect = async (hub: TestHub, { userId, agentId }: { readonly userId: string; readonly agentId: string }): Promise<void> => {
  const draft = { title: 'Archive', apiKey: { placement: 'header' as const, name: 'X-Key' }, lends: true, scopes: [{ name: 'notes:read', description: 'Read your notes' }], origins: ['https://archive.example'] };
  const { connectionId } = await hub.do(new DefineConnection(hub.issuer, 'archive', draft, hub.context));
  await hub.do(new StoreKey(connectionId, { kind: 'user', id: userId }, { key: 'a-key-of-the-archive' }, hub.context));
  await allow(hub, agentId, { kind: 'user', id: userId }, connectionId, ['notes:read']);
};

/** Every way to a token, and to a service's credential, ready to be gone again and again: what policy refuses is not spent. */
export const preparePaths = async (hub: TestHub): Promise<Paths> => {
  const resourceId = await hub.resource();
  const userId = await hub.user(ANA, ['clerk']);
  await hub.do(new ChangeUser(userId, { type: 'ChangeClaims', claims: { department: ['billing'] } }, hub.context));
  const tagged = async (agentId: string) => void (await hub.do(new ChangeAgent(agentId, { type: 'ChangeTags', tags: ['support'] }, hub.context)));
  const desktop = await hub.agent(PUBLIC_CLIENT, 'Desktop');
  const service = await hub.service(resourceId, ['notes:read']);
  const server = await exchanger(hub, 'Server');
  await operate(hub, resourceId, server.agentId);
  await allow(hub, server.agentId, { kind: 'user', id: userId }, resourceId, ['notes:read']);
  const workload = await hub.agent({ ...SERVICE_CLIENT, grantTypes: [JWT_BEARER] }, 'Workload');
  await allow(hub, workload.agentId, { kind: 'agent', id: workload.agentId }, resourceId, ['notes:read']);
  const platform = await WorkloadRig.of(hub, resourceId);
  platform.publish();
  const pod = await platform.pod({ agentId: workload.agentId });
  for (const { agentId } of [desktop, service, server, workload]) await tagged(agentId);
  await connect(hub, { userId, agentId: server.agentId });
  const browser = hub.browser();
  const code = () => obtainCode(hub, desktop.clientId, { browser, change: { scope: 'notes:read' } });
  const tokens = async () => (await redeem(hub, desktop.clientId, await code())).body as { readonly access_token: string; readonly refresh_token: string };
  const permissively = async <T>(work: () => Promise<T>): Promise<T> => {
    await decideBy(hub, ALLOW);
    return work();
  };
  let rules: readonly unknown[] = ALLOW;
  const agents = [desktop, service, server, workload].map(({ agentId }) => agentId);
  let disturbance = { apply: async (): Promise<unknown> => undefined, undo: async (): Promise<unknown> => undefined };
  const decideNow = async () => {
    await decideBy(hub, rules);
    await disturbance.apply();
  };
  /** Prepared under a policy that allows everything; then the one in question decides. */
  const prepared = async <T>(work: () => Promise<T>): Promise<T> => {
    const result = await permissively(work);
    await decideNow();
    return result;
  };
  const last = async (agentId: string, ...types: string[]) =>
    (await hub.events(...types)).map(({ data }) => data as { readonly agentId: string; readonly reason: string; readonly error: string }).findLast((data) => data.agentId === agentId)!;
  const lastReason = async (agentId: string, ...types: string[]): Promise<string> => (await last(agentId, ...types)).reason;
  const told = async ({ status, body }: { status: number; body: Record<string, unknown> }, agentId: string): Promise<Outcome> => {
    // Once a minute of a kind is recorded; each of these has to be.
    hub.inside.clock.advance(61);
    await disturbance.undo();
    if (status === 200) return `allowed ${String(body['scope'])}`;
    const { reason, error } = await last(agentId, 'TokenRefused', 'CredentialLendRefused');
    // What is recorded is what was answered: an auditor reads the one, the agent the other.
    return error === body['error'] ? reason : `${reason}, recorded as ${error} and answered ${String(body['error'])}`;
  };
  const consent = async (): Promise<Outcome> => {
    const { clientId, agentId } = await hub.agent(PUBLIC_CLIENT, 'Asks');
    await tagged(agentId);
    await decideBy(hub, rules);
    let page = await browser.open(authorizeUrl(clientId, pkce().challenge, { scope: 'notes:read' }));
    if (page.html.includes('name="password"')) page = await signIn(browser, page);
    // Ana has no second factor: she is told how to get one, and nothing is given.
    if (page.html.includes('A second factor is needed')) return 'policy.mfa_required';
    if (page.location === undefined) return page.html.includes('notes:read') ? 'allowed notes:read' : 'another page';
    return answerOf(page).get('error') === null ? 'sent away' : lastReason(agentId, 'AuthorizationRefused');
  };
  return {
    userId,
    disturb: (apply, undo) => {
      disturbance = { apply: () => apply(agents), undo: () => undo(agents) };
    },
    decideBy: async (next) => {
      rules = next;
      await decideBy(hub, next);
    },
    of: {
      consent,
      code: async () => {
        const given = await prepared(code);
        return told(await redeem(hub, desktop.clientId, given), desktop.agentId);
      },
      refresh: async () => {
        const { refresh_token: refreshToken } = await prepared(tokens);
        return told(await refresh(hub, desktop.clientId, refreshToken), desktop.agentId);
      },
      exchange: async () => {
        const { access_token: accessToken } = await prepared(tokens);
        return told(await exchange(hub, server, accessToken, { resource: NOTES.uri }), server.agentId);
      },
      loan: async () => {
        const { access_token: accessToken } = await prepared(tokens);
        return told(await exchange(hub, server, accessToken, { requested_token_type: 'urn:mandate:connection:archive' }), server.agentId);
      },
      client_credentials: async () => {
        await decideNow();
        return told(await hub.clientCredentials(service, { resource: NOTES.uri, scope: 'notes:read' }), service.agentId);
      },
      jwt_bearer: async () => {
        await decideNow();
        return told(await platform.redeem(await pod.token(), { scope: 'notes:read' }), workload.agentId);
      },
    },
  };
};
