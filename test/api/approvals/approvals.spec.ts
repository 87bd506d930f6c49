import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { type SpentApproval, SpendApproval } from '../../../src/commands/approvals/spend-approval.js';
import { ReplayDecisions } from '../../../src/commands/decisions/replay-decisions.js';
import type { Fold, LiveEntry } from '../../../src/commands/live-entry.js';
import { LiveState } from '../../../src/commands/live-state.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { agent } from '../../../src/domain/agent/agent.decider.js';
import { actionText } from '../../../src/domain/approval/action.js';
import { type KnownApproval, approval } from '../../../src/domain/approval/approval.decider.js';
import type { RequestedApproval } from '../../../src/domain/approval/approval.events.js';
import { readAuthorizationDetails } from '../../../src/domain/approval/authorization-details.js';
import { APPROVAL_LIFETIME, MOST_PROMPTS, MOST_REFUSALS, POLL_INTERVAL } from '../../../src/domain/approval/lifetimes.js';
import { streams } from '../../../src/domain/kernel/ids.js';
import { obtainCode, redeem, refresh } from '../../support/code-flow.js';
import { allow, exchange, exchanger, operate } from '../../support/exchange.js';
import { ANA, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';
import { passkeyPrompt } from '../../support/authenticator.js';
import type { PersonInBrowser } from '../../support/person-in-browser.js';
import { type Client, Approvals, CIBA, PAYMENTS, REFUND, REFUNDS_ARE_ASKED, claimsOf, withPasskey } from './approvals-rig.js';

const error = ({ status, body }: { status: number; body: Readonly<Record<string, unknown>> }): string => (status === 200 ? '200' : `${status} ${String(body['error'])}`);

describe('what a person has to confirm', () => {
  let hub: TestHub;
  let approvals: Approvals;
  let person: PersonInBrowser;
  let ben: PersonInBrowser;
  let ana: string;
  let resourceId: string;
  /** Each its own, so that no prompt of one test counts in another. */
  let client: Client;
  beforeAll(async () => {
    hub = await startHub();
    approvals = new Approvals(hub);
    resourceId = await hub.resource(PAYMENTS);
    [person, ben] = [await withPasskey(hub), await withPasskey(hub)];
    ana = person.userId;
    await approvals.decideBy(REFUNDS_ARE_ASKED);
  });
  beforeEach(async () => {
    client = await approvals.client({ kind: 'user', id: ana }, resourceId);
  });
  afterAll(async () => {
    // All of it decided again from the ledger alone, with the same outcome; the hub's own audit follows as it closes.
    const replayed = await hub.inside.app.get(ReplayDecisions, { strict: false }).page({ tenant: hub.context.tenant, after: '', limit: 100_000 });
    expect(replayed).toMatchObject({ mismatches: [], unknown: 0 });
    expect(hub.inside.failures).toEqual([]);
    await hub.close();
  });

  it('is answered as CIBA answers, waits for the person, and is given once (SU-03)', async () => {
    const asked = await approvals.refund(client);
    expect([error(asked), asked.headers.get('cache-control')]).toEqual(['400 authorization_pending', 'no-store']);
    expect(asked.body).toMatchObject({ expires_in: APPROVAL_LIFETIME, interval: POLL_INTERVAL, binding_code: expect.stringMatching(/^\d\d$/) });
    expect(error(await approvals.poll(asked, client))).toBe('400 authorization_pending');
    expect(error(await approvals.poll(asked, client))).toBe('400 slow_down');
    expect(await approvals.confirm(asked, person)).toBe('done');
    const given = await approvals.poll(asked, client);
    expect([error(given), given.body['scope'], claimsOf(given)['sub']]).toEqual(['200', 'pay:refund', client.clientId]);
    expect(error(await approvals.poll(asked, client))).toBe('400 invalid_grant');
    const stream = (await hub.inside.ledger.readStream(`approval-${approvals.idOf(asked)}`)).map(({ type }) => type);
    expect(stream).toEqual(['ApprovalRequested', 'ApprovalConfirmed', 'ApprovalConsumed']);
    const [issued] = (await hub.events('TokenIssued')).slice(-1);
    expect(issued!.data).toMatchObject({ approvalId: approvals.idOf(asked), decision: { met: ['approval'] } });
    const [replayed] = (await hub.events('TokenRefused')).slice(-1);
    expect(replayed!.data).toMatchObject({ reason: 'approval.consumed', error: 'invalid_grant' });
  });

  it('does not touch what needs no confirmation, and a request without names gets that alone', async () => {
    const given = await hub.clientCredentials(client, { resource: PAYMENTS.uri });
    expect([error(given), given.body['scope']]).toEqual(['200', 'pay:read']);
  });

  it('can be come for with the same request, which is the same one use', async () => {
    const asked = await approvals.refund(client);
    expect((await approvals.refund(client)).body['auth_req_id']).toBe(asked.body['auth_req_id']);
    expect(await approvals.confirm(asked, person)).toBe('done');
    expect(error(await approvals.refund(client))).toBe('200');
    expect(error(await approvals.poll(asked, client))).toBe('400 invalid_grant');
    // The next one is another action of its own.
    expect((await approvals.refund(client)).body['auth_req_id']).not.toBe(asked.body['auth_req_id']);
  });

  it('has the very action in the token, when it is named (RFC 9396), and nothing that only the agent said', async () => {
    const asked = await approvals.refund(client, { authorization_details: REFUND });
    expect(error(asked)).toBe('400 authorization_pending');
    expect(await approvals.confirm(asked, person)).toBe('done');
    const given = await approvals.poll(asked, client);
    expect(claimsOf(given)['authorization_details']).toEqual(JSON.parse(REFUND));
    const seen = await hub.post('/introspect', { token: String(given.body['access_token']) }, basic(client.clientId, client.clientSecret));
    expect(seen.body).toMatchObject({ active: true, authorization_details: JSON.parse(REFUND) });
    // Also where policy would not ask: what a token says of an action a person has said.
    const named = await hub.clientCredentials(client, { resource: PAYMENTS.uri, scope: 'pay:read', authorization_details: REFUND });
    expect(error(named)).toBe('400 authorization_pending');
    expect(error(await approvals.refund(client, { authorization_details: '{"type":"refund"}' }))).toBe('400 invalid_authorization_details');
    const ledger = JSON.stringify(await hub.events());
    expect(ledger).not.toContain('customer-seventeen');
  });

  it('is bound to the action: another amount, scope, resource or agent is another one (SU-03)', async () => {
    const other = await approvals.client({ kind: 'user', id: ana }, resourceId);
    const asked = await approvals.refund(client, { authorization_details: REFUND });
    expect(await approvals.confirm(asked, person)).toBe('done');
    for (const change of [{ authorization_details: REFUND.replace('250', '999') }, { authorization_details: '' }, { scope: 'pay:refund pay:read', authorization_details: REFUND }])
      expect((await approvals.refund(client, change)).body['auth_req_id']).not.toBe(asked.body['auth_req_id']);
    expect(error(await approvals.poll(asked, other))).toBe('400 invalid_grant');
    expect((await hub.events('TokenRefused')).at(-1)!.data).toMatchObject({ agentId: other.agentId, reason: 'approval.client_mismatch' });
    expect(error(await hub.post('/token', { grant_type: CIBA, auth_req_id: `${String(asked.body['auth_req_id'])}x` }, basic(client.clientId, client.clientSecret)))).toBe('400 invalid_grant');
    expect(error(await approvals.poll(asked, client))).toBe('200');
  });

  it('takes nobody\'s word but the accountable person\'s, with a fresh factor and the number that the agent shows (SU-05)', async () => {
    const asked = await approvals.refund(client, { authorization_details: REFUND });
    const address = `/my/approvals/${approvals.idOf(asked)}`;
    expect((await hub.browser().open(address)).html).toContain('name="password"');
    expect(await approvals.confirm(asked, ben)).toBe('404 There is no such request');
    const page = await person.browser.open(address);
    for (const shown of ['Refunds', client.clientId, ANA.name, 'the agent itself', 'Payments', PAYMENTS.uri, 'Give money back', '250.00', 'customer-seventeen']) expect(page.html).toContain(shown);
    expect(page.html).not.toContain(`>${String(asked.body['binding_code'])}<`);
    // A session alone confirms nothing, nor does another's passkey, nor one that answered another prompt.
    const number = String(asked.body['binding_code']);
    const say = (fields: Record<string, string>) => person.browser.submit(page, '/my/approvals/confirm', { number, ...fields });
    for (const fields of [{ factor: 'none' }, { factor: 'recovery', code: person.codes[0]! }, { factor: 'totp', code: '123456' }, { factor: 'passkey', answer: ben.passkey.get(passkeyPrompt(page).options) }])
      expect((await say(fields)).status).toBe(403);
    const other = await person.browser.open(`/my/approvals/${approvals.idOf(await approvals.refund(client))}`);
    expect((await say({ factor: 'passkey', answer: person.passkey.get(passkeyPrompt(other).options), ticket: passkeyPrompt(other).ticket })).status).toBe(403);
    const wrong = String(10 + ((Number(number) - 9) % 90));
    for (const what of ['403 That is not the number', '403 That is not the number', 'done']) expect(await approvals.confirm(asked, person, { number: wrong })).toContain(what);
    expect(await approvals.confirm(asked, person)).toContain('answered already');
    expect(error(await approvals.poll(asked, client))).toBe('400 access_denied');
  });

  it('is over when nobody answers in time', async () => {
    const asked = await approvals.refund(client);
    hub.inside.clock.advance(APPROVAL_LIFETIME);
    expect(await approvals.confirm(asked, person)).toContain('409');
    expect(error(await approvals.poll(asked, client))).toBe('400 expired_token');
    expect(error(await approvals.refund(client))).toBe('400 authorization_pending');
  });

  it('a no holds: the person is not asked again (SU-06)', async () => {
    const asked = await approvals.refund(client);
    expect(await approvals.deny(asked, person)).toBe('done');
    expect(error(await approvals.poll(asked, client))).toBe('400 access_denied');
    expect(error(await approvals.refund(client))).toBe('400 access_denied');
    expect((await hub.events('TokenRefused')).at(-1)!.data).toMatchObject({ reason: 'approval.denied' });
  });

  it('an agent that asks fifty times in a minute gets so many prompts, and is suspended (SU-06)', async () => {
    const answers: string[] = [];
    for (let n = 0; n < 50; n += 1) answers.push(error(await approvals.refund(client, { authorization_details: REFUND.replace('250', String(n)) })));
    expect(answers.filter((answer) => answer.endsWith('authorization_pending')).length).toBe(MOST_PROMPTS);
    expect(answers.filter((answer) => answer.endsWith('access_denied')).length).toBe(MOST_REFUSALS);
    expect(answers.at(-1)).toBe('400 invalid_grant');
    const requested = (await hub.events('ApprovalRequested')).filter(({ data }) => (data as Client).agentId === client.agentId);
    expect(requested.length).toBe(MOST_PROMPTS);
    expect((await hub.events('AgentSuspended')).at(-1)!.data).toMatchObject({ agentId: client.agentId });
  });

  it('counts no more when the person, the owner or the agent does not (SU-10)', async () => {
    const cara = await withPasskey(hub);
    const confirmed = async (): Promise<{ readonly asked: Awaited<ReturnType<typeof approvals.refund>>; readonly by: Client }> => {
      const by = await approvals.client({ kind: 'user', id: cara.userId }, resourceId);
      const asked = await approvals.refund(by);
      expect(await approvals.confirm(asked, cara)).toBe('done');
      return { asked, by };
    };
    const [disabled, sold, suspended] = [await confirmed(), await confirmed(), await confirmed()];
    const another = await approvals.client({ kind: 'user', id: cara.userId }, resourceId);
    await hub.do(new ChangeUser(cara.userId, { type: 'DisableUser', reason: 'test' }, hub.context));
    expect(error(await approvals.poll(disabled.asked, disabled.by))).toBe('400 access_denied');
    expect(error(await approvals.refund(another))).toBe('400 access_denied');
    await hub.do(new ChangeUser(cara.userId, { type: 'EnableUser' }, hub.context));
    await hub.do(new ChangeAgent(sold.by.agentId, { type: 'ChangeOwner', owner: { kind: 'user', id: ben.userId } }, hub.context));
    expect(error(await approvals.poll(sold.asked, sold.by))).toBe('400 access_denied');
    await hub.do(new ChangeAgent(suspended.by.agentId, { type: 'SuspendAgent', reason: 'test' }, hub.context));
    expect(error(await approvals.poll(suspended.asked, suspended.by))).toBe('400 invalid_grant');
    // Nothing was used up by that.
    expect(error(await approvals.poll(disabled.asked, disabled.by))).toBe('200');
  });

  it('is asked once more at the place of what it allows: whoever answers for it by then has confirmed nothing (SU-10)', async () => {
    const asked = await approvals.refund(client);
    expect(await approvals.confirm(asked, person)).toBe('done');
    const entryOf = <S>(fold: Fold<S>, stream: string) => hub.inside.app.get(LiveState, { strict: false }).entry(fold, stream, hub.context.tenant);
    const { state } = await entryOf(approval, streams.approval(approvals.idOf(asked)));
    const spent = (await hub.inside.app.get(SpendApproval, { strict: false }).look(state as KnownApproval, hub.context.tenant)) as SpentApproval;
    expect([spent.problem(), spent.relied.includes((await entryOf(agent, streams.agent(client.agentId))) as LiveEntry)]).toEqual([undefined, true]);
    await hub.do(new ChangeAgent(client.agentId, { type: 'ChangeOwner', owner: { kind: 'user', id: ben.userId } }, hub.context));
    expect(spent.problem()).toBe('approval.approver_gone');
  });

  it('leaves nothing in the ledger by which its details could be guessed once the person is erased', async () => {
    await approvals.refund(client, { authorization_details: REFUND });
    const { data } = (await hub.events('ApprovalRequested')).at(-1)! as { data: RequestedApproval };
    const text = actionText(hub.context.tenant, { ...data, authorizationDetails: readAuthorizationDetails(REFUND) });
    expect(data.actionDigest).not.toBe(createHash('sha256').update(text).digest('base64url'));
  });

  it('is asked of an administrator where a team is accountable', async () => {
    const of = await approvals.client({ kind: 'team', id: 'team_test' }, resourceId);
    const asked = await approvals.refund(of);
    expect(await approvals.confirm(asked, ben)).toContain('404');
    await hub.do(new ChangeUser(ben.userId, { type: 'ChangeRoles', roles: ['admin'] }, hub.context));
    expect(await approvals.confirm(asked, ben)).toBe('done');
    await hub.do(new ChangeUser(ben.userId, { type: 'ChangeRoles', roles: [] }, hub.context));
    expect(error(await approvals.poll(asked, of))).toBe('400 access_denied');
    await hub.do(new ChangeUser(ben.userId, { type: 'ChangeRoles', roles: ['admin'] }, hub.context));
    expect(error(await approvals.poll(asked, of))).toBe('200');
    await hub.do(new ChangeUser(ben.userId, { type: 'ChangeRoles', roles: [] }, hub.context));
  });

  describe('on every way to a token:', () => {
    it('consent gives nothing, so it waits for no one; the code gives what needs no confirmation, and a refresh asks for the rest', async () => {
      const { clientId } = await hub.agent({ ...PUBLIC_CLIENT, tokenEndpointAuthMethod: 'none' });
      const obtained = await obtainCode(hub, clientId, { browser: person.browser, change: { scope: 'pay:read pay:refund', resource: PAYMENTS.uri } });
      const first = await redeem(hub, clientId, obtained);
      expect([error(first), first.body['scope']]).toEqual(['200', 'pay:read']);
      const asked = await refresh(hub, clientId, String(first.body['refresh_token']), { scope: 'pay:refund' });
      expect(error(asked)).toBe('400 authorization_pending');
      expect(await approvals.confirm(asked, person)).toBe('done');
      const given = await hub.post('/token', { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']), client_id: clientId });
      expect([error(given), given.body['scope'], given.body['refresh_token']]).toEqual(['200', 'pay:refund', undefined]);
      expect(claimsOf(given)).toMatchObject({ sub: ana, auth_time: claimsOf(first)['auth_time'], amr: ['pwd'] });
      // The refresh token was not spent on the question.
      expect(error(await refresh(hub, clientId, String(first.body['refresh_token'])))).toBe('200');
    });

    it('a code for nothing else is spent on the question, and what comes of it comes by the poll, refresh token and all', async () => {
      const { clientId } = await hub.agent(PUBLIC_CLIENT);
      const obtained = await obtainCode(hub, clientId, { browser: person.browser, change: { scope: 'pay:refund', resource: PAYMENTS.uri } });
      const asked = await redeem(hub, clientId, obtained);
      expect(error(asked)).toBe('400 authorization_pending');
      expect(await approvals.confirm(asked, person)).toBe('done');
      const given = await hub.post('/token', { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']), client_id: clientId });
      expect([error(given), given.body['scope']]).toEqual(['200', 'pay:refund']);
      const renewed = await refresh(hub, clientId, String(given.body['refresh_token']));
      expect(error(renewed)).toBe('400 authorization_pending');
    });

    it('an exchange asks the person on whose authority it is, and dies with the token that it was made from', async () => {
      const server = await exchanger(hub, 'Server');
      await operate(hub, resourceId, server.agentId);
      await allow(hub, server.agentId, { kind: 'user', id: ana }, resourceId, ['pay:refund']);
      const desktop = await hub.agent(PUBLIC_CLIENT);
      await approvals.decideBy([{ id: 'all', effect: 'allow' }]);
      const { body } = await redeem(hub, desktop.clientId, await obtainCode(hub, desktop.clientId, { browser: person.browser, change: { scope: 'pay:refund', resource: PAYMENTS.uri } }));
      await approvals.decideBy(REFUNDS_ARE_ASKED);
      const received = String(body['access_token']);
      const asked = await exchange(hub, server, received, { resource: PAYMENTS.uri, scope: 'pay:refund' });
      expect(error(asked)).toBe('400 authorization_pending');
      expect(await approvals.confirm(asked, ben)).toContain('404');
      expect(await approvals.confirm(asked, person)).toBe('done');
      const given = await approvals.poll(asked, server);
      expect([error(given), given.body['issued_token_type']]).toEqual(['200', 'urn:ietf:params:oauth:token-type:access_token']);
      expect(claimsOf(given)).toMatchObject({ sub: ana, act: { sub: server.agentId, act: { sub: desktop.agentId } } });
      await hub.post('/revoke', { client_id: desktop.clientId, token: received });
      expect((await hub.post('/introspect', { token: String(given.body['access_token']) }, basic(server.clientId, server.clientSecret))).body).toEqual({ active: false });
    });
  });

  describe('/bc-authorize', () => {
    const ask = (by: Client, fields: Record<string, string>) =>
      hub.post('/bc-authorize', { resource: PAYMENTS.uri, scope: 'pay:refund', ...fields }, basic(by.clientId, by.clientSecret));

    it('asks the person before there is anything else, and the token says how they confirmed', async () => {
      const by = await approvals.client({ kind: 'team', id: 'team_test' }, resourceId, ana);
      const asked = await ask(by, { login_hint: person.email, binding_message: 'Refund 250 to customer-seventeen', authorization_details: REFUND });
      expect([asked.status, asked.body]).toEqual([200, { auth_req_id: expect.any(String), expires_in: APPROVAL_LIFETIME, interval: POLL_INTERVAL, binding_code: expect.stringMatching(/^\d\d$/) }]);
      expect(error(await approvals.poll(asked, by))).toBe('400 authorization_pending');
      hub.inside.clock.advance(10);
      expect(await approvals.confirm(asked, person)).toBe('done');
      const given = await approvals.poll(asked, by);
      expect(error(given)).toBe('200');
      expect(claimsOf(given)).toMatchObject({ sub: ana, scope: 'pay:refund', authorization_details: JSON.parse(REFUND), auth_time: hub.inside.clock.seconds(), amr: ['pop', 'mfa'], acr: 'urn:mandate:acr:3' });
      const seen = await hub.post('/introspect', { token: String(given.body['access_token']) }, basic(by.clientId, by.clientSecret));
      expect(seen.body).toMatchObject({ active: true });
      expect(error(await approvals.poll(asked, by))).toBe('400 invalid_grant');
    });

    it('tells strangers, and people without an account, alike', async () => {
      const by = await approvals.client({ kind: 'team', id: 'team_test' }, resourceId, ana);
      for (const hint of [ben.email, ben.userId, 'nobody@example.com', 'usr_nobody']) expect([hint, error(await ask(by, { login_hint: hint }))]).toEqual([hint, '400 unknown_user_id']);
    });

    it('refuses what it can\'t read, and who may not ask', async () => {
      const by = await approvals.client({ kind: 'team', id: 'team_test' }, resourceId, ana);
      expect(error(await ask(by, {}))).toBe('400 invalid_request');
      expect(error(await ask(by, { login_hint: ana, id_token_hint: 'x' }))).toBe('400 invalid_request');
      for (const binding_message of ['a\nb', 'sealed.v1.x', '\u{1d54f}'.repeat(150)]) expect(error(await ask(by, { login_hint: ana, binding_message }))).toBe('400 invalid_binding_message');
      expect(error(await ask(by, { login_hint: ana, requested_expiry: '-1' }))).toBe('400 invalid_request');
      expect(error(await ask(by, { login_hint: ana, scope: 'pay:everything' }))).toBe('400 invalid_scope');
      const service = await hub.service(resourceId, ['pay:refund']);
      expect(error(await ask(service, { login_hint: ana }))).toBe('400 unauthorized_client');
      expect(error(await ask({ ...by, clientSecret: 'wrong' }, { login_hint: ana }))).toBe('401 invalid_client');
    });
  });
});
