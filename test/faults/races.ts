import { strictEqual as equal, ok } from 'node:assert';
import { RotateAgentSecret } from '../../src/commands/agents/rotate-agent-secret.js';
import { ChangeAgent } from '../../src/commands/agents/change-agent.js';
import { RegisterAgent, type RegisteredAgent } from '../../src/commands/agents/register-agent.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import { RevokeGrant } from '../../src/commands/grants/revoke-grant.js';
import { RegisterUser } from '../../src/commands/users/register-user.js';
import type { Acknowledged } from '../../src/domain/audit/acknowledgements.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { Refusal } from '../../src/domain/kernel/refusal.js';
import type { Browser } from '../support/browser.js';
import { authorizeUrl, obtainCode, pkce, redeem, refresh, signIn } from '../support/code-flow.js';
import { passkeyPrompt } from '../support/authenticator.js';
import { PersonInBrowser } from '../support/person-in-browser.js';
import { NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, basic, startHub } from '../support/hub.js';
import type { JsonAnswer } from '../support/hub-over-http.js';
import type { Ledger } from '../../src/domain/ports/ledger.js';
import type { TestClock } from '../support/test-clock.js';
import { claimsOf } from './crash-world.js';

/** Hubs over one ledger and one vault, and what they handed out. */
export class RacingHubs {
  readonly told: { tokens: { jti: string }[] } & Acknowledged = { tokens: [], codes: [], refreshTokens: [], changes: [] };
  private count = 0;

  private constructor(readonly hubs: readonly TestHub[], readonly browser: Browser, readonly resourceId: string, readonly width: number) {}

  static async start(nodes: 1 | 2, width: number, given: { readonly ledger?: Ledger; readonly clock?: TestClock } = {}): Promise<RacingHubs> {
    const first = await startHub(given);
    const hubs = nodes === 1 ? [first] : [first, await startHub({ beside: first })];
    const resourceId = await first.resource();
    await first.user();
    const browser = first.browser();
    const { clientId } = await first.agent(PUBLIC_CLIENT);
    await signIn(browser, await browser.open(authorizeUrl(clientId, pkce().challenge)));
    return new RacingHubs(hubs, browser, resourceId, width);
  }

  get first(): TestHub {
    return this.hubs[0]!;
  }

  get last(): TestHub {
    return this.hubs.at(-1)!;
  }

  unique(): string {
    this.count += 1;
    return `n${this.count}-${Date.now().toString(36)}`;
  }

  /** The same from everywhere at once. */
  async all<T>(attempt: (hub: TestHub, n: number) => Promise<T>): Promise<readonly T[]> {
    return Promise.all(Array.from({ length: this.width }, (_, n) => attempt(this.hubs[n % this.hubs.length]!, n)));
  }

  async tokens(attempt: (hub: TestHub, n: number) => Promise<JsonAnswer>): Promise<readonly JsonAnswer[]> {
    const answers = await this.all(attempt);
    for (const answer of answers) this.tell(answer);
    return answers;
  }

  tell({ status, body }: JsonAnswer): void {
    if (status === 200) this.told.tokens.push({ jti: claimsOf(String(body['access_token']))['jti'] as string });
  }

  /** Of one thing. */
  eventsOf(stream: string): Promise<readonly RecordedEvent[]> {
    return this.first.inside.ledger.readStream(stream);
  }

  async close(): Promise<void> {
    for (const hub of this.hubs.toReversed()) await hub.close();
  }
}

const CIBA = 'urn:openid:params:grant-type:ciba';
const count = (events: readonly RecordedEvent[], type: string): number => events.filter((event) => event.type === type).length;
const won = (answers: readonly JsonAnswer[]): readonly JsonAnswer[] => answers.filter(({ status }) => status === 200);
/** A refusal for good, or the request to come again: never anything else. */
const lost = ({ status, headers, body }: JsonAnswer): boolean =>
  (status === 400 && body['error'] === 'invalid_grant') || (status === 503 && headers.get('retry-after') !== null);
const familyOf = (code: string): string => `authorization-${/^mc_(aut_[\w-]+)\./.exec(code)![1]!}`;

const aFamily = async (races: RacingHubs) => {
  const { clientId } = await races.first.agent(PUBLIC_CLIENT);
  const obtained = await obtainCode(races.first, clientId, { browser: races.browser });
  const { body } = await redeem(races.first, clientId, obtained);
  return { clientId, stream: familyOf(obtained.code), refreshToken: body['refresh_token'] as string };
};

/** Forbids while tokens are being issued; whoever asks after that has been answered gets none. */
const forbiddenMeanwhile = async (races: RacingHubs, forbid: (service: Awaited<ReturnType<TestHub['service']>>) => Promise<unknown>): Promise<void> => {
  const service = await races.first.service(races.resourceId, ['notes:read']);
  const ask = (hub: TestHub) => hub.clientCredentials(service, { resource: NOTES.uri });
  let begin = (): void => undefined;
  const underWay = new Promise<void>((resolve) => (begin = resolve));
  const answers = await races.tokens(async (hub, n) => {
    if (n === 0) {
      await underWay;
      await forbid(service);
    }
    else {
      races.tell(await ask(hub));
      begin();
    }
    return ask(hub);
  });
  ok(answers.every((answer) => answer.status === 200 || lost(answer)));
  ok(lost(answers[0]!), 'a token was given after its ban had been answered');
  for (const hub of races.hubs) equal((await ask(hub)).body['error'], 'invalid_grant');
};

/** One round of each; it throws when another than the promised one wins. */
export const races: Readonly<Record<string, (races: RacingHubs) => Promise<void>>> = {
  'one action that a person has to confirm: asked once, used once': async (races) => {
    const person = await PersonInBrowser.of(races.first);
    await person.signIn();
    await person.addPasskey();
    const metadata = { ...SERVICE_CLIENT, grantTypes: ['client_credentials', CIBA] };
    const agent = (await races.first.do(new RegisterAgent({ name: 'Asks', metadata }, { kind: 'user', id: person.userId }, races.first.context))) as Required<RegisteredAgent>;
    await races.first.do(new GiveGrant({ agentId: agent.agentId, principal: { kind: 'agent', id: agent.agentId }, resourceId: races.resourceId, scopes: ['notes:read'] }, races.first.context));
    const ask = (hub: TestHub) => hub.clientCredentials(agent, { resource: NOTES.uri, scope: 'notes:read', authorization_details: '[{"type":"race"}]' });
    const asked = await races.all(ask);
    const named = asked.flatMap(({ body }) => (typeof body['auth_req_id'] === 'string' ? [body['auth_req_id']] : []));
    equal(new Set(named).size, 1);
    ok(asked.every((answer) => answer.body['error'] === 'authorization_pending' || answer.status === 503));
    const approvalId = /^ma_(apr_[\w-]+)\./.exec(named[0]!)![1]!;
    const page = await person.browser.open(`/my/approvals/${approvalId}`);
    const number = String(asked.find(({ body }) => body['binding_code'] !== undefined)!.body['binding_code']);
    await person.browser.submit(page, '/my/approvals/confirm', { factor: 'passkey', answer: person.passkey.get(passkeyPrompt(page).options), number });
    const answers = await races.tokens((hub) => hub.post('/token', { grant_type: CIBA, auth_req_id: named[0]! }, basic(agent.clientId, agent.clientSecret)));
    equal(won(answers).length, 1);
    ok(answers.every((answer) => answer.status === 200 || lost(answer)));
    equal(count(await races.eventsOf(`approval-${approvalId}`), 'ApprovalConsumed'), 1);
  },
  'redemption of one code': async (races) => {
    const { clientId } = await races.first.agent(PUBLIC_CLIENT);
    const obtained = await obtainCode(races.first, clientId, { browser: races.browser });
    const answers = await races.tokens((hub) => redeem(hub, clientId, obtained));
    // The second attempt ends what the first began (RFC 6749 section 4.1.2), so it may be that nobody wins.
    ok(won(answers).length <= 1, `${won(answers).length} clients got tokens`);
    ok(answers.every((answer) => answer.status === 200 || lost(answer)));
    equal(count(await races.eventsOf(familyOf(obtained.code)), 'CodeRedeemed'), 1);
  },

  'refresh within the grace': async (races) => {
    const { clientId, stream, refreshToken } = await aFamily(races);
    const answers = await races.tokens((hub) => refresh(hub, clientId, refreshToken));
    ok(answers.every((answer) => answer.status === 200 || (answer.status === 503 && lost(answer))), 'a process of the client lost its session');
    ok(won(answers).length > 0);
    equal(new Set(won(answers).map(({ body }) => body['refresh_token'])).size, 1);
    equal(count(await races.eventsOf(stream), 'RefreshRotated'), 1);
  },

  'refresh after the grace': async (races) => {
    const { clientId, stream, refreshToken } = await aFamily(races);
    const { body } = await refresh(races.first, clientId, refreshToken);
    races.first.inside.clock.advance(61);
    const answers = await races.tokens((hub) => refresh(hub, clientId, refreshToken));
    ok(answers.every(lost), 'a replaced refresh token gave something');
    equal(count(await races.eventsOf(stream), 'RefreshReuseDetected'), 1);
    for (const hub of races.hubs) equal((await refresh(hub, clientId, body['refresh_token'] as string)).body['error'], 'invalid_grant');
  },

  'a stolen refresh token against its successor': async (races) => {
    const { clientId, stream, refreshToken } = await aFamily(races);
    const successor = (await refresh(races.first, clientId, refreshToken)).body['refresh_token'] as string;
    races.first.inside.clock.advance(61);
    const answers = await races.tokens((hub, n) => refresh(hub, clientId, n % 2 === 0 ? refreshToken : successor));
    ok(answers.every((answer, n) => lost(answer) || (n % 2 === 1 && answer.status === 200)), 'the stolen one gave something');
    const events = await races.eventsOf(stream);
    equal(count(events, 'RefreshReuseDetected'), 1);
    ok(count(events, 'RefreshRotated') <= 2);
  },

  'a revoked grant against issuance': (races) =>
    forbiddenMeanwhile(races, ({ grantId }) => races.last.do(new RevokeGrant(grantId, 'a race', undefined, races.last.context))),

  'suspension against issuance': (races) =>
    forbiddenMeanwhile(races, ({ agentId }) => races.last.do(new ChangeAgent(agentId, { type: 'SuspendAgent', reason: 'a race' }, races.last.context))),

  'registration of one handle': async (races) => {
    const email = `${races.unique()}@example.com`;
    const password = (n: number): string => `the password of number ${n}`;
    const results = await races.all((hub, n) => hub.do(new RegisterUser({ email, name: 'Somebody', roles: [], password: password(n) }, hub.context))
      .then(({ userId }) => ({ n, userId }), (error: unknown) => {
        ok(error instanceof Refusal && /^(user\.exists|reservation\.taken|conflict\.concurrent)$/.test(error.code), String(error));
        return undefined;
      }));
    const winners = results.filter((result) => result !== undefined);
    equal(winners.length, 1);
    const { n, userId } = winners[0]!;
    equal(count(await races.eventsOf(`user-${userId}`), 'UserRegistered'), 1);
    const browser = races.first.browser();
    await signIn(browser, await browser.open('/sign-in'), { email, password: password(n) });
    ok(browser.cookie('mandate_session_default') !== undefined, 'the password of the one that won does not hold');
  },

  'registration of one client': async (races) => {
    const client = { client_name: races.unique(), redirect_uris: ['https://app.example/callback'], token_endpoint_auth_method: 'none' };
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(client) };
    races.first.inside.clock.advance(61);
    const answers = await races.all((hub) => hub.json('/register', post));
    ok(answers.every(({ status }) => status === 201 || status === 429));
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body['client_id'] as string));
    equal(ids.size, 1);
    equal(count(await races.eventsOf(`agent-${[...ids][0]!}`), 'AgentRegistered'), 1);
  },

  'two new secrets at once': async (races) => {
    const { agentId, clientId } = await races.first.service(races.resourceId, ['notes:read']);
    const secrets = await races.all((hub) => hub.do(new RotateAgentSecret(agentId, 0, hub.context)).then(({ clientSecret }) => clientSecret, () => undefined));
    const given = secrets.filter((secret) => secret !== undefined);
    const work = await Promise.all(given.map((clientSecret) => races.last.clientCredentials({ clientId, clientSecret }, { resource: NOTES.uri })));
    equal(won(work).length, 1);
  },
};
