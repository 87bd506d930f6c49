import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CIBA } from '../../../src/commands/tokens/token-refused.js';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import type { RecordedEvent } from '../../../src/domain/kernel/event.js';
import { answerOf, authorizeUrl, obtainCode, obtainTokens, pkce, signIn } from '../../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../../support/hub.js';

/** docs/architecture.md, rule 5: a refusal is a fact. Each is in the ledger when its answer arrives, and a repetition writes nothing. */
describe('what is refused to somebody known', () => {
  let hub: TestHub;
  let resourceId: string;
  let userId: string;
  beforeAll(async () => {
    hub = await startHub();
    resourceId = await hub.resource();
    userId = await hub.user();
  });
  afterAll(() => hub.close());

  const of = async (agentId: string, type: string): Promise<readonly RecordedEvent[]> =>
    (await hub.events(type)).filter(({ data }) => (data as { agentId?: string }).agentId === agentId);

  it('an authorization that policy or lifecycle forbids is recorded with its reason, with the person who asked, once', async () => {
    const { clientId, agentId } = await hub.agent(PUBLIC_CLIENT, 'Suspended');
    const { browser } = await obtainCode(hub, clientId);
    await hub.do(new ChangeAgent(agentId, { type: 'SuspendAgent', reason: 'test' }, hub.context));
    for (let n = 0; n < 3; n += 1) expect(answerOf(await browser.open(authorizeUrl(clientId, pkce().challenge))).get('error')).toBe('access_denied');
    const recorded = await of(agentId, 'AuthorizationRefused');
    expect(recorded).toHaveLength(1);
    expect(recorded[0]).toMatchObject({ data: { agentId, reason: 'agent.suspended', principal: { kind: 'user', id: userId } }, actor: { kind: 'user', id: userId } });
  });

  it.each([
    ['a resource that is not registered', { resource: 'https://elsewhere.example/' }, 'invalid_target', 'resource.unknown'],
    ['a scope that can\'t be one', { resource: NOTES.uri, scope: 'a"b' }, 'invalid_scope', 'scope.none_allowed'],
    ['a grant that does not exist', { grant_type: 'password' }, 'unsupported_grant_type', 'agent.grant_type_not_allowed'],
  ])('a token request for %s is recorded', async (_, fields, error, reason) => {
    const service = await hub.service(resourceId, ['notes:read']);
    const answer = await hub.clientCredentials(service, fields as Record<string, string>);
    expect(answer.body['error']).toBe(error);
    expect((await of(service.agentId, 'TokenRefused')).map(({ data }) => data)).toEqual([expect.objectContaining({ error, reason })]);
  });

  it('a request for a person\'s word by a client that may not ask for one is recorded', async () => {
    const service = await hub.service(resourceId, ['notes:read']);
    expect((await hub.post('/bc-authorize', { login_hint: userId, resource: NOTES.uri }, basic(service.clientId, service.clientSecret))).body['error']).toBe('unauthorized_client');
    expect((await of(service.agentId, 'TokenRefused')).map(({ data }) => data)).toEqual([expect.objectContaining({ grantType: CIBA, error: 'unauthorized_client' })]);
  });

  it.each(['ana@example.com', 'mr_aut_AAAAAAAAAAAAAAAAAAAAAA.0.c2VjcmV0', 'Ana Example', 'x'.repeat(200)])('nothing of %s is recorded when somebody says that this is the grant type', async (grantType) => {
    const { clientId, agentId } = await hub.agent(PUBLIC_CLIENT, 'Known to everybody');
    expect((await hub.post('/token', { grant_type: grantType, client_id: clientId })).body['error']).toBe('unsupported_grant_type');
    expect((await of(agentId, 'TokenRefused')).map(({ data }) => data)).toEqual([expect.objectContaining({ grantType: 'unknown' })]);
  });

  it('a public client that asks for client_credentials is recorded, and a flood of it is one event', async () => {
    const { clientId, agentId } = await hub.agent({ ...PUBLIC_CLIENT, grantTypes: ['client_credentials'] }, 'Public');
    for (let n = 0; n < 5; n += 1) expect((await hub.post('/token', { grant_type: 'client_credentials', client_id: clientId })).body['error']).toBe('unauthorized_client');
    expect((await of(agentId, 'TokenRefused')).map(({ data }) => data)).toEqual([expect.objectContaining({ error: 'unauthorized_client' })]);
  });

  it('IR-04: an attempt to revoke another client\'s token is recorded, for access and refresh tokens', async () => {
    const victim = await hub.service(resourceId, ['notes:read']);
    const accessToken = (await hub.clientCredentials(victim, { resource: NOTES.uri })).body['access_token'] as string;
    const { clientId } = await hub.agent(PUBLIC_CLIENT, 'Family');
    const { refreshToken } = await obtainTokens(hub, clientId);
    for (const token of [accessToken, refreshToken]) {
      const thief = await hub.service(resourceId, ['notes:read']);
      for (let n = 0; n < 3; n += 1) expect((await hub.post('/revoke', { token }, basic(thief.clientId, thief.clientSecret))).body['error']).toBe('unauthorized_client');
      expect((await of(thief.agentId, 'TokenRefused')).map(({ data }) => data)).toEqual([
        expect.objectContaining({ grantType: 'revocation', error: 'unauthorized_client', reason: 'token.foreign' }),
      ]);
    }
  });

  it('CN-01, AZ-09: a forged or altered form of a signed-in person is recorded once a minute for each kind, without what it said', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT, 'Forged');
    const browser = hub.browser();
    const page = await signIn(browser, await browser.open(authorizeUrl(clientId, pkce().challenge)));
    for (let n = 0; n < 3; n += 1) {
      expect((await browser.submit(page, '/consent', { decision: 'allow', csrf: 'forged' })).status).toBe(403);
      expect((await browser.submit(page, '/consent', { decision: 'allow', transaction: 'altered.x' })).status).toBe(400);
    }
    expect((await hub.events('FormRefused')).map(({ data, actor }) => [data, actor.kind])).toEqual([
      [{ userId, form: '/consent', reason: 'foreign' }, 'anonymous'], [{ userId, form: '/consent', reason: 'altered' }, 'anonymous'],
    ]);
    hub.inside.clock.advance(61);
    await browser.submit(page, '/consent', { decision: 'allow', csrf: 'forged' });
    expect(await hub.events('FormRefused')).toHaveLength(3);
  });

  it('a page that was only open for too long is no attack and writes nothing', async () => {
    const { clientId } = await hub.agent(PUBLIC_CLIENT, 'Slow');
    const browser = hub.browser();
    const page = await signIn(browser, await browser.open(authorizeUrl(clientId, pkce().challenge)));
    const before = (await hub.events('FormRefused')).length;
    hub.inside.clock.advance(700);
    expect((await browser.submit(page, '/consent', { decision: 'allow' })).status).toBe(400);
    expect(await hub.events('FormRefused')).toHaveLength(before);
  });

  it('a stranger\'s forged form writes nothing: unauthenticated noise is not recorded', async () => {
    const before = (await hub.events()).length;
    const browser = hub.browser();
    const page = await browser.open('/sign-in');
    expect((await browser.submit(page, '/sign-in', { email: 'a@b.example', password: 'x', csrf: 'forged' })).status).toBe(403);
    expect((await hub.events()).length).toBe(before);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
