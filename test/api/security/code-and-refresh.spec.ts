import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { RevokeGrant } from '../../../src/commands/grants/revoke-grant.js';
import { ActivatePolicy } from '../../../src/commands/policies/activate-policy.js';
import { PublishPolicy } from '../../../src/commands/policies/publish-policy.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { SetPassword } from '../../../src/commands/users/set-password.js';
import type { RecordedEvent } from '../../../src/domain/kernel/event.js';
import { obtainCode, obtainTokens, pkce, redeem, refresh } from '../../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';

/** Threats 3.5 (PK), 3.6 (CO), 3.7 (RT). */
describe('codes and refresh tokens', () => {
  let hub: TestHub;
  let clientId: string;
  let userId: string;
  beforeAll(async () => {
    hub = await startHub();
    await hub.resource();
    userId = await hub.user();
  });
  beforeEach(async () => {
    ({ clientId } = await hub.agent(PUBLIC_CLIENT));
  });
  afterAll(() => hub.close());

  const last = async (type: string): Promise<RecordedEvent | undefined> => (await hub.events(type)).at(-1);
  const active = async (accessToken: string): Promise<unknown> => {
    const { body } = await hub.post('/introspect', { token: accessToken }, await introspector());
    return body['active'];
  };
  let introspect: Record<string, string> | undefined;
  const introspector = async (): Promise<Record<string, string>> => {
    if (!introspect) {
      const { RotateResourceSecret } = await import('../../../src/commands/resources/rotate-resource-secret.js');
      const { resourceIdOf } = await import('../../../src/commands/derived-ids.js');
      const { Crypto } = await import('../../../src/domain/ports/crypto.js');
      const resourceId = resourceIdOf(hub.inside.app.get(Crypto, { strict: false }), hub.context.tenant, NOTES.uri);
      const { secret } = await hub.do(new RotateResourceSecret(resourceId, hub.context));
      introspect = { authorization: `Basic ${Buffer.from(`${resourceId}:${secret}`).toString('base64')}` };
    }
    return introspect;
  };

  it('CO-01: a code used twice is refused, and everything that came from it is dead', async () => {
    const obtained = await obtainCode(hub, clientId);
    const first = await redeem(hub, clientId, obtained);
    expect(await active(first.body['access_token'] as string)).toBe(true);
    hub.inside.clock.advance(11);
    const second = await redeem(hub, clientId, obtained);
    expect([second.status, second.body['error']]).toEqual([400, 'invalid_grant']);
    expect(await active(first.body['access_token'] as string)).toBe(false);
    expect((await refresh(hub, clientId, first.body['refresh_token'] as string)).body['error']).toBe('invalid_grant');
    expect((await last('TokenRefused'))?.data).toMatchObject({ agentId: clientId });
    await redeem(hub, clientId, obtained);
    const replays = (await hub.events('CodeReplayed')).filter(({ stream }) => obtained.code.includes(stream.replace('authorization-', '')));
    expect(replays).toHaveLength(1);
  });

  it('F-03: a client that lost the answer and asks again at once gets nothing, and is not taken for a thief', async () => {
    const obtained = await obtainCode(hub, clientId);
    const first = await redeem(hub, clientId, obtained);
    expect((await redeem(hub, clientId, obtained)).body['error']).toBe('invalid_grant');
    expect(await active(first.body['access_token'] as string)).toBe(false);
    const recorded = (await hub.events()).filter(({ stream }) => obtained.code.includes(stream.replace('authorization-', '')));
    expect(recorded.map(({ type }) => type)).toEqual(['CodeIssued', 'CodeRedeemed', 'AuthorizationRevoked']);
    expect(recorded.at(-1)?.data).toMatchObject({ reason: 'authorization.redeemed' });
  });

  it.each([
    ['without the verifier', async (obtained: Awaited<ReturnType<typeof obtainCode>>) => redeem(hub, clientId, { ...obtained, verifier: pkce().verifier })],
    ['by another client', async (obtained: Awaited<ReturnType<typeof obtainCode>>) => redeem(hub, (await hub.agent(PUBLIC_CLIENT, 'Thief')).clientId, obtained)],
  ])('CO-01: a code that comes again at once %s is taken for stolen', async (_, again) => {
    const obtained = await obtainCode(hub, clientId);
    await redeem(hub, clientId, obtained);
    expect((await again(obtained)).body['error']).toBe('invalid_grant');
    expect((await last('CodeReplayed'))?.stream).toBe(`authorization-${/^mc_(aut_[\w-]+)\./.exec(obtained.code)![1]!}`);
  });

  it('CO-01: a code that comes again when its tokens are in use is taken for stolen', async () => {
    const obtained = await obtainTokens(hub, clientId);
    await refresh(hub, clientId, obtained.refreshToken);
    await redeem(hub, clientId, obtained);
    expect((await last('CodeReplayed'))?.stream).toBe(`authorization-${/^mc_(aut_[\w-]+)\./.exec(obtained.code)![1]!}`);
  });

  it('CO-02: of 50 parallel redemptions at most one wins', async () => {
    const obtained = await obtainCode(hub, clientId);
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(hub, clientId, obtained)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status === 200 || status === 400)).toHaveLength(50);
    const redeemed = (await hub.events('CodeRedeemed')).filter(({ stream }) => obtained.code.includes(stream.replace('authorization-', '')));
    expect(redeemed).toHaveLength(1);
  });

  it('CO-03: a code that another client brings is burned', async () => {
    const { clientId: thief } = await hub.agent(PUBLIC_CLIENT, 'Thief');
    const obtained = await obtainCode(hub, clientId);
    expect((await redeem(hub, thief, obtained)).body['error']).toBe('invalid_grant');
    expect((await redeem(hub, clientId, obtained)).body['error']).toBe('invalid_grant');
    expect((await last('CodeBurned'))?.data).toMatchObject({ reason: 'authorization.client_mismatch' });
  });

  it('CO-04: a redirect_uri other than the one used is refused', async () => {
    const obtained = await obtainCode(hub, clientId);
    expect((await redeem(hub, clientId, obtained, { redirect_uri: 'https://app.example/other' })).body['error']).toBe('invalid_grant');
  });

  it('CO-05: a code older than 60 seconds is refused', async () => {
    const obtained = await obtainCode(hub, clientId);
    hub.inside.clock.advance(60);
    expect((await redeem(hub, clientId, obtained)).body['error']).toBe('invalid_grant');
    expect((await last('TokenRefused'))?.data).toMatchObject({ reason: 'authorization.expired' });
  });

  it.each([
    ['without a verifier', ''], ['with a wrong verifier', pkce().verifier], ['with 42 characters', 'a'.repeat(42)], ['with 129', 'a'.repeat(129)],
    ['with a space', `${'a'.repeat(42)} `], ['with a newline', `${'a'.repeat(43)}\n`],
  ])('PK-03, PK-04: a code redeemed %s is burned', async (_, codeVerifier) => {
    const obtained = await obtainCode(hub, clientId);
    expect((await redeem(hub, clientId, { ...obtained, verifier: codeVerifier })).body['error']).toBe('invalid_grant');
    expect((await last('CodeBurned'))?.data).toMatchObject({ reason: 'authorization.pkce_failed' });
    expect((await redeem(hub, clientId, obtained)).body['error']).toBe('invalid_grant');
  });

  it.each([
    ['the user is disabled', async () => void (await hub.do(new ChangeUser(userId, { type: 'DisableUser', reason: 't' }, hub.context)))],
    ['the agent is suspended', async () => void (await hub.do(new ChangeAgent(clientId, { type: 'SuspendAgent', reason: 't' }, hub.context)))],
    ['the consent is revoked', async () => {
      const grantId = ((await last('GrantGiven'))!.data as { grantId: string }).grantId;
      await hub.do(new RevokeGrant(grantId, 't', userId, hub.context));
    }],
    ['policy forbids the resource', async () => {
      const document = JSON.stringify({ rules: [{ id: 'allow', effect: 'allow' }, { id: 'no-notes', effect: 'deny', targets: { resources: [NOTES.uri] } }] });
      const { version } = await hub.do(new PublishPolicy(document, hub.context));
      await hub.do(new ActivatePolicy(version, 'ActivatePolicy', hub.context));
    }],
  ])('CO-08, RT-07: nothing is issued once %s', async (_, happens) => {
    const tokens = await obtainTokens(hub, clientId);
    const waiting = await obtainCode(hub, clientId, { browser: tokens.browser });
    await happens();
    const statuses = [(await redeem(hub, clientId, waiting)).status, (await refresh(hub, clientId, tokens.refreshToken)).status];
    expect(statuses).toEqual([400, 400]);
    expect(await active(tokens.accessToken)).toBe(false);
    await hub.do(new ChangeUser(userId, { type: 'EnableUser' }, hub.context));
    await hub.do(new ActivatePolicy(1, 'RollBackPolicy', hub.context));
  });

  it('RT-07: a new password ends what was agreed before it', async () => {
    const tokens = await obtainTokens(hub, clientId);
    hub.inside.clock.advance(5);
    await hub.do(new SetPassword(userId, 'a long enough password', hub.context));
    expect((await refresh(hub, clientId, tokens.refreshToken)).body['error']).toBe('invalid_grant');
    const page = await tokens.browser.open('/sign-in');
    expect(page.html).toContain('name="password"');
  });

  it('RT-01: a refresh token that was replaced, used after its successor, ends the family', async () => {
    const tokens = await obtainTokens(hub, clientId);
    const second = (await refresh(hub, clientId, tokens.refreshToken)).body['refresh_token'] as string;
    const third = (await refresh(hub, clientId, second)).body['refresh_token'] as string;
    expect((await refresh(hub, clientId, tokens.refreshToken)).body['error']).toBe('invalid_grant');
    expect((await last('RefreshReuseDetected'))?.data).toMatchObject({ generation: 0 });
    expect((await refresh(hub, clientId, third)).body['error']).toBe('invalid_grant');
    expect(await active(tokens.accessToken)).toBe(false);
  });

  it('RT-01, CO-01: what points at theft counts while the agent is suspended too', async () => {
    const [stolen, replayed] = [await obtainTokens(hub, clientId), await obtainTokens(hub, clientId)];
    const next = (await refresh(hub, clientId, stolen.refreshToken)).body['refresh_token'] as string;
    hub.inside.clock.advance(61);
    await hub.do(new ChangeAgent(clientId, { type: 'SuspendAgent', reason: 't' }, hub.context));
    await refresh(hub, clientId, stolen.refreshToken);
    await redeem(hub, clientId, replayed);
    await hub.do(new ChangeAgent(clientId, { type: 'ResumeAgent' }, hub.context));
    expect((await refresh(hub, clientId, next)).body['error']).toBe('invalid_grant');
    expect((await refresh(hub, clientId, replayed.refreshToken)).body['error']).toBe('invalid_grant');
    expect([(await last('RefreshReuseDetected'))?.stream, (await last('CodeReplayed'))?.stream].map((stream) => stream?.startsWith('authorization-'))).toEqual([true, true]);
  });

  it('RT-02: 50 parallel refreshes of one token leave one live leaf, the same for all', async () => {
    const tokens = await obtainTokens(hub, clientId);
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(hub, clientId, tokens.refreshToken)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body['refresh_token'])).size).toBe(1);
    const rotated = (await hub.events('RefreshRotated')).filter(({ stream }) => tokens.refreshToken.includes(stream.replace('authorization-', '')));
    expect(rotated).toHaveLength(1);
  });

  it('RT-03: the same token within the grace gets the same successor; after the grace the family ends', async () => {
    const tokens = await obtainTokens(hub, clientId);
    const first = await refresh(hub, clientId, tokens.refreshToken);
    hub.inside.clock.advance(59);
    const retried = await refresh(hub, clientId, tokens.refreshToken);
    expect(retried.body['refresh_token']).toBe(first.body['refresh_token']);
    hub.inside.clock.advance(2);
    expect((await refresh(hub, clientId, tokens.refreshToken)).body['error']).toBe('invalid_grant');
    expect((await refresh(hub, clientId, first.body['refresh_token'] as string)).body['error']).toBe('invalid_grant');
  });

  it('RT-04: a refresh token in the hands of another client ends the family', async () => {
    const { clientId: thief } = await hub.agent(PUBLIC_CLIENT, 'Thief');
    const tokens = await obtainTokens(hub, clientId);
    expect((await refresh(hub, thief, tokens.refreshToken)).body['error']).toBe('invalid_grant');
    expect((await refresh(hub, clientId, tokens.refreshToken)).body['error']).toBe('invalid_grant');
  });

  it('RT-06: a resource that was not granted is refused without spending the token', async () => {
    await hub.resource({ ...NOTES, uri: `https://other.example/${clientId}` });
    const tokens = await obtainTokens(hub, clientId);
    const refused = await refresh(hub, clientId, tokens.refreshToken, { resource: `https://other.example/${clientId}` });
    expect(refused.body['error']).toBe('invalid_target');
    expect((await refresh(hub, clientId, tokens.refreshToken)).status).toBe(200);
  });

  it('a refresh can ask for less, never for more', async () => {
    const obtained = await obtainCode(hub, clientId, { change: { scope: 'notes:read' } });
    const first = await redeem(hub, clientId, obtained);
    const wider = await refresh(hub, clientId, first.body['refresh_token'] as string, { scope: 'notes:read notes:write' });
    expect(wider.body['scope']).toBe('notes:read');
  });

  it('RT-08: a revoked family stays revoked whatever the clock says', async () => {
    const tokens = await obtainTokens(hub, clientId);
    await hub.post('/revoke', { client_id: clientId, token: tokens.refreshToken });
    // A node whose clock is behind the ledger decides nothing (F-22).
    for (const [step, told] of [[3600, 'invalid_grant'], [-7200, 'temporarily_unavailable'], [7200, 'invalid_grant']] as const) {
      hub.inside.clock.advance(step);
      expect((await refresh(hub, clientId, tokens.refreshToken)).body['error']).toBe(told);
    }
  });

  it('RT-09: a refresh token that lay idle for more than 30 days is refused', async () => {
    const tokens = await obtainTokens(hub, clientId);
    hub.inside.clock.advance(30 * 86_400 + 1);
    expect((await refresh(hub, clientId, tokens.refreshToken)).body['error']).toBe('invalid_grant');
  });

  it('CO-09: guesses are refused without a trace in the ledger', async () => {
    const before = (await hub.events()).length;
    for (const code of ['mc_aut_guess.mac', 'x', `mc_aut_${'a'.repeat(22)}.${'b'.repeat(43)}`, '']) {
      const { status } = await redeem(hub, clientId, { code, verifier: pkce().verifier });
      expect(status).toBe(400);
    }
    expect((await hub.events()).length).toBe(before);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
