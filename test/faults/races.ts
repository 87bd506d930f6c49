import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from 'node:assert';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { passkeyPrompt } from '../support/authenticator.js';
import { redeem, refresh, signIn } from '../support/code-flow.js';
import { ANA, basic } from '../support/hub.js';
import type { HubOverHttp, JsonAnswer } from '../support/hub-over-http.js';
import { PersonInBrowser } from '../support/person-in-browser.js';
import { type RacingHubs, comeAgain } from './racing-hubs.js';

const CIBA = 'urn:openid:params:grant-type:ciba';
const count = (events: readonly RecordedEvent[], type: string): number => events.filter((event) => event.type === type).length;
const won = (answers: readonly JsonAnswer[]): readonly JsonAnswer[] => answers.filter(({ status }) => status === 200);
const toComeAgain = ({ status, headers }: JsonAnswer): boolean => status === 503 && headers.get('retry-after') !== null;
/** A refusal for good, or the request to come again: never anything else. */
const lost = (answer: JsonAnswer): boolean => (answer.status === 400 && answer.body['error'] === 'invalid_grant') || toComeAgain(answer);
/** Each is one of these, or the request to come again. */
const only = (answers: readonly JsonAnswer[], ...statuses: readonly number[]): void =>
  deepEqual(answers.filter((answer) => !statuses.includes(answer.status) && !toComeAgain(answer)).map(({ status, body }) => [status, body]), []);
const familyOf = (code: string): string => `authorization-${/^mc_(aut_[\w-]+)\./.exec(code)![1]!}`;

const aFamily = async (races: RacingHubs) => {
  const clientId = await races.publicClient();
  const obtained = await races.code(clientId);
  const { body } = await redeem(races.first, clientId, obtained);
  return { clientId, stream: familyOf(obtained.code), refreshToken: body['refresh_token'] as string };
};

/** Something that every node asks a person about, at once, and that they have confirmed. */
const aConfirmation = async (races: RacingHubs) => {
  const person = new PersonInBrowser(races.first, await races.person(), () => NaN);
  await person.signIn();
  await person.addPasskey();
  const agent = await races.service({ owner: { kind: 'user', id: person.userId }, grant_types: ['client_credentials', CIBA] });
  const ask = (hub: HubOverHttp) => hub.clientCredentials(agent, { resource: races.resource, scope: 'notes:read', authorization_details: '[{"type":"race"}]' });
  const asked = await races.all(ask);
  const named = asked.flatMap(({ body }) => (typeof body['auth_req_id'] === 'string' ? [body['auth_req_id']] : []));
  equal(new Set(named).size, 1);
  ok(asked.every((answer) => answer.body['error'] === 'authorization_pending' || toComeAgain(answer)));
  const approvalId = /^ma_(apr_[\w-]+)\./.exec(named[0]!)![1]!;
  const page = await person.browser.open(`/my/approvals/${approvalId}`);
  const number = String(asked.find(({ body }) => body['binding_code'] !== undefined)!.body['binding_code']);
  await person.browser.submit(page, '/my/approvals/confirm', { factor: 'passkey', answer: person.passkey.get(passkeyPrompt(page).options), number });
  const poll = (hub: HubOverHttp) => hub.post('/token', { grant_type: CIBA, auth_req_id: named[0]! }, basic(agent.clientId, agent.clientSecret));
  return { approvalId, poll };
};

type Service = Awaited<ReturnType<RacingHubs['service']>>;

/** Forbids while tokens are being issued; whoever asks after that has been answered gets none. */
const forbiddenMeanwhile = async (races: RacingHubs, forbid: (service: Service) => Promise<unknown>): Promise<void> => {
  const service = await races.service();
  const ask = (hub: HubOverHttp) => hub.clientCredentials(service, { resource: races.resource });
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
  for (const hub of races.nodes.hubs) equal((await comeAgain(() => ask(hub))).body['error'], 'invalid_grant');
};

/** One round of each; it throws when another than the promised one wins. */
export const races: Readonly<Record<string, (races: RacingHubs) => Promise<void>>> = {
  'one action that a person has to confirm: asked once, used once': async (races) => {
    const { approvalId, poll } = await aConfirmation(races);
    const answers = await races.tokens(poll);
    equal(won(answers).length, 1);
    ok(answers.every((answer) => answer.status === 200 || lost(answer)));
    equal(count(await races.eventsOf(`approval-${approvalId}`), 'ApprovalConsumed'), 1);
  },

  'a confirmation that is used and taken back': async (races) => {
    const { approvalId, poll } = await aConfirmation(races);
    const isPoll = (n: number): boolean => n % 4 < 2;
    const answers = await races.all((hub, n) => (isPoll(n) ? poll(hub) : races.ask(hub, `/api/approvals/${approvalId}/withdraw`, { reason: 'a race' })));
    const [polled, withdrawn] = [answers.filter((_, n) => isPoll(n)), answers.filter((_, n) => !isPoll(n))];
    for (const answer of polled) races.tell(answer);
    ok(polled.every((answer) => answer.status === 200 || lost(answer) || answer.body['error'] === 'access_denied'));
    ok(withdrawn.every(({ status }) => [200, 409, 503].includes(status)));
    const events = await races.eventsOf(`approval-${approvalId}`);
    const [used, taken] = [count(events, 'ApprovalConsumed'), count(events, 'ApprovalWithdrawn')];
    equal(used + taken, 1);
    ok(won(polled).length <= used && won(withdrawn).length <= taken);
    // Whoever was told to come again may have been the one.
    if (answers.every(({ status }) => status !== 503)) equal(won(answers).length, 1);
  },

  'redemption of one code': async (races) => {
    const clientId = await races.publicClient();
    const obtained = await races.code(clientId);
    const answers = await races.tokens((hub) => redeem(hub, clientId, obtained));
    // The second attempt ends what the first began (RFC 6749 section 4.1.2), so it may be that nobody wins.
    ok(won(answers).length <= 1, `${won(answers).length} clients got tokens`);
    ok(answers.every((answer) => answer.status === 200 || lost(answer)));
    equal(count(await races.eventsOf(familyOf(obtained.code)), 'CodeRedeemed'), 1);
  },

  'refresh within the grace': async (races) => {
    const { clientId, stream, refreshToken } = await aFamily(races);
    const answers = await races.tokens((hub) => refresh(hub, clientId, refreshToken));
    ok(answers.every((answer) => answer.status === 200 || toComeAgain(answer)), 'a process of the client lost its session');
    ok(won(answers).length > 0);
    equal(new Set(won(answers).map(({ body }) => body['refresh_token'])).size, 1);
    equal(count(await races.eventsOf(stream), 'RefreshRotated'), 1);
  },

  'refresh after the grace': async (races) => {
    const { clientId, stream, refreshToken } = await aFamily(races);
    const { body } = await refresh(races.first, clientId, refreshToken);
    await races.advance(61);
    const answers = await races.tokens((hub) => refresh(hub, clientId, refreshToken));
    ok(answers.every(lost), 'a replaced refresh token gave something');
    equal(count(await races.eventsOf(stream), 'RefreshReuseDetected'), 1);
    for (const hub of races.nodes.hubs) equal((await comeAgain(() => refresh(hub, clientId, body['refresh_token'] as string))).body['error'], 'invalid_grant');
  },

  'a stolen refresh token against its successor': async (races) => {
    const { clientId, stream, refreshToken } = await aFamily(races);
    const successor = (await refresh(races.first, clientId, refreshToken)).body['refresh_token'] as string;
    await races.advance(61);
    const answers = await races.tokens((hub, n) => refresh(hub, clientId, n % 2 === 0 ? refreshToken : successor));
    ok(answers.every((answer, n) => lost(answer) || (n % 2 === 1 && answer.status === 200)), 'the stolen one gave something');
    const events = await races.eventsOf(stream);
    equal(count(events, 'RefreshReuseDetected'), 1);
    ok(count(events, 'RefreshRotated') <= 2);
  },

  'a revoked grant against issuance': (races) =>
    forbiddenMeanwhile(races, ({ grantId }) => races.change(races.last, `/api/grants/${grantId}/revoke`, { reason: 'a race' })),

  'suspension against issuance': (races) =>
    forbiddenMeanwhile(races, ({ clientId }) => races.change(races.last, `/api/agents/${clientId}/suspend`, { reason: 'a race' })),

  'registration of one handle': async (races) => {
    const email = `${races.unique()}@example.com`;
    const password = (n: number): string => `the password of number ${n}`;
    const answers = await races.all((hub, n) => races.ask(hub, '/api/users', { email, name: ANA.name, password: password(n) }));
    only(answers, 201, 409);
    equal(answers.filter(({ status }) => status === 201).length, 1);
    const n = answers.findIndex(({ status }) => status === 201);
    const userId = String(answers[n]!.body['user_id']);
    equal(count(await races.eventsOf(`user-${userId}`), 'UserRegistered'), 1);
    const browser = races.first.browser();
    await signIn(browser, await browser.open('/sign-in'), { email, password: password(n) });
    ok(browser.cookie('mandate_session_default') !== undefined, 'the password of the one that won does not hold');
  },

  'registration of one client': async (races) => {
    const client = { client_name: races.unique(), redirect_uris: ['https://app.example/callback'], token_endpoint_auth_method: 'none' };
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(client) };
    await races.advance(61);
    const answers = await races.all((hub) => hub.json('/register', post));
    only(answers, 201, 429);
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body['client_id'] as string));
    equal(ids.size, 1);
    equal(count(await races.eventsOf(`agent-${[...ids][0]!}`), 'AgentRegistered'), 1);
  },

  'two new secrets at once': async (races) => {
    const { clientId } = await races.service();
    const answers = await races.all((hub) => races.ask(hub, `/api/agents/${clientId}/secret`, { overlap: 0 }));
    only(answers, 200, 409);
    const work = await Promise.all(won(answers).map(({ body }) => races.last.clientCredentials({ clientId, clientSecret: String(body['client_secret']) }, { resource: races.resource })));
    for (const answer of work) races.tell(answer);
    equal(won(work).length, 1);
  },
};

/** One round of one of them; rejects when another than the promised one wins. */
export const race = async (hubs: RacingHubs, name: string): Promise<void> => {
  await hubs.authorize();
  await races[name]!(hubs);
};
