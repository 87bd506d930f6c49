import { signIn } from '../test/support/code-flow.js';
import { ANA, NOTES } from '../test/support/hub.js';
import type { JsonAnswer } from '../test/support/hub-over-http.js';
import type { Change } from '../test/faults/crash-world.js';
import type { Scene, Worker } from './agents-at-work.js';

interface Call {
  readonly path: string;
  readonly body?: unknown;
  readonly change?: Change;
}

/** Until it has been answered; what a change is answered with is kept, and has to be in the ledger at the end. */
const insist = async ({ client, world, record }: Scene, { path, body = {}, change }: Call, expected: readonly number[] = [200, 201]): Promise<JsonAnswer | undefined> => {
  const done = await client.insist(async () => {
    const answer = await world.admin('POST', path, body, change);
    if (answer.status === 401) await world.authorize();
    return answer.status === 401 ? world.admin('POST', path, body, change) : answer;
  });
  if (done && !expected.includes(done.answer.status)) record.violated(`${path}: ${done.answer.status} ${JSON.stringify(done.answer.body)}`);
  return done?.answer;
};

const mayIssue = async ({ world, client, record }: Scene, service: Worker, isAllowed: boolean): Promise<void> => {
  const after = world.latest;
  const done = await client.insist(() => world.hub.clientCredentials(service, { resource: NOTES.uri }));
  if (!done) return;
  if (done.answer.status === 200) world.tell(done.answer, after);
  if ((done.answer.status === 200) !== isAllowed)
    record.violated(`a token was ${isAllowed ? 'refused' : 'given'} after that had been ended: ${JSON.stringify(done.answer.body)}`);
};

/** Suspends and resumes, revokes and grants anew. By the time each is answered it holds. */
export const directoryAtWork = async (scene: Scene, services: readonly Worker[]): Promise<void> => {
  const { client, random, world, record } = scene;
  while (!client.stopped) {
    const service = random.of(services);
    const agent = (path: string, type: string, body: object = {}): Call => ({ path: `/api/agents/${service.clientId}/${path}`, body, change: { stream: `agent-${service.clientId}`, type } });
    const grant = { stream: `grant-${service.grantId}`, type: 'GrantRevoked' };
    const isSuspension = random.next() < 0.6;
    await insist(scene, isSuspension ? agent('suspend', 'AgentSuspended', { reason: 'torture' }) : { path: `/api/grants/${service.grantId}/revoke`, body: { reason: 'torture' }, change: grant });
    await mayIssue(scene, service, false);
    const given = { agent_id: service.clientId, resource_id: world.resourceId, scopes: ['notes:read', 'notes:write'] };
    await insist(scene, isSuspension ? agent('resume', 'AgentResumed') : { path: '/api/grants', body: given, change: { ...grant, type: 'GrantGiven' } });
    await mayIssue(scene, service, true);
    record.count(isSuspension ? 'suspensions' : 'revocations');
  }
};

/** Registers people, agents and clients, and publishes policies. */
export const registryAtWork = async (scene: Scene): Promise<void> => {
  const { client, random, world, record } = scene;
  const allowAll = { rules: [{ id: 'all', effect: 'allow' }] };
  const registrations: readonly (() => Promise<unknown>)[] = [
    () => registerPerson(scene),
    () => insist(scene, { path: '/api/agents', body: { name: 'Agent', owner: { kind: 'team', id: 'team_torture' }, grant_types: ['client_credentials'] } }),
    async () => {
      const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ client_name: world.unique(), redirect_uris: ['https://app.example/callback'], token_endpoint_auth_method: 'none' }) };
      const first = await client.insist(() => world.hub.json('/register', post));
      const second = first?.answer.status === 201 ? await client.insist(() => world.hub.json('/register', post)) : undefined;
      if (second?.answer.status === 201 && second.answer.body['client_id'] !== first!.answer.body['client_id']) record.violated('the same client got two ids');
    },
    async () => {
      const { body } = (await insist(scene, { path: '/api/policies', body: { document: allowAll }, change: { stream: 'policy-tnt_default', type: 'PolicyPublished' } })) ?? {};
      if (body) await insist(scene, { path: `/api/policies/${String(body['version'])}/activate`, change: { stream: 'policy-tnt_default', type: 'PolicyActivated' } });
    },
  ];
  while (!client.stopped) {
    await random.of(registrations)();
    record.count('registrations');
  }
};

/** Tried again after a crash it is finished; then the password is the one that was given. */
const registerPerson = async (scene: Scene): Promise<void> => {
  const { world, client, record } = scene;
  const person = { email: `${world.unique()}@example.com`, name: 'Somebody', password: ANA.password };
  if (!(await insist(scene, { path: '/api/users', body: person }, [201, 409]))) return;
  const browser = world.hub.browser();
  const isIn = await client.try(async () => {
    await signIn(browser, await browser.open('/sign-in'), person);
    return browser.cookie('mandate_session_default') !== undefined;
  });
  if (isIn === false) record.violated('a person who was registered could not sign in');
};
