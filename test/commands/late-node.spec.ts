import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ChangeAgent } from '../../src/commands/agents/change-agent.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import { PublishPolicy } from '../../src/commands/policies/publish-policy.js';
import { ActivatePolicy } from '../../src/commands/policies/activate-policy.js';
import { LedgerUnavailable } from '../../src/domain/ports/ledger.js';
import { obtainCode, redeem } from '../support/code-flow.js';
import { NOTES, PUBLIC_CLIENT, SERVICE_CLIENT, type TestHub, basic, startHub } from '../support/hub.js';
import { LateLedger } from '../support/late-ledger.js';

describe('a node that has not heard yet of what another has just allowed', () => {
  let first: TestHub;
  let late: TestHub;
  let ledger: LateLedger;
  let resourceId: string;
  beforeEach(async () => {
    first = await startHub();
    resourceId = await first.resource();
    await first.user();
    ledger = new LateLedger(first.inside.ledger);
    late = await startHub({ beside: first, ledger });
  });
  afterEach(async () => {
    ledger.release();
    await late.close();
    await first.close();
  });

  /** The question is put while nothing arrives; the news comes when the node goes and looks how far the ledger is. */
  const askedTooEarly = async <T>(question: () => Promise<T>): Promise<T> => {
    const looked = ledger.headAsked();
    const answer = question();
    await looked;
    ledger.release();
    return answer;
  };

  it('redeems the code of a consent that was given there', async () => {
    const { clientId } = await first.agent(PUBLIC_CLIENT);
    // The grant is looked for here before there is one.
    const early = await obtainCode(first, clientId, { change: { scope: 'notes:read' } });
    expect((await redeem(late, clientId, early)).status).toBe(200);
    ledger.hold();
    const wider = await obtainCode(first, clientId, { browser: early.browser });
    const { status, body } = await askedTooEarly(() => redeem(late, clientId, wider));
    expect([status, body['scope']]).toEqual([200, 'notes:read notes:write']);
  });

  it('issues a token on a grant that was given there', async () => {
    const agent = (await first.agent(SERVICE_CLIENT)) as { agentId: string; clientId: string; clientSecret: string };
    expect((await late.clientCredentials(agent, { resource: NOTES.uri })).status).toBe(400);
    ledger.hold();
    await first.do(new GiveGrant({ agentId: agent.agentId, principal: { kind: 'agent', id: agent.agentId }, resourceId, scopes: ['notes:read'] }, first.context));
    const answer = await askedTooEarly(() => late.clientCredentials(agent, { resource: NOTES.uri }));
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ scope: 'notes:read' })]);
  });

  it('tells a resource server that a token counts which was issued there', async () => {
    const { clientId } = await first.agent(PUBLIC_CLIENT);
    const { RotateResourceSecret } = await import('../../src/commands/resources/rotate-resource-secret.js');
    const { secret } = await first.do(new RotateResourceSecret(resourceId, first.context));
    const introspect = async (token: unknown) => (await late.post('/introspect', { token: String(token) }, basic(resourceId, secret))).body;
    const narrow = await obtainCode(first, clientId, { change: { scope: 'notes:read' } });
    expect(await introspect((await redeem(first, clientId, narrow)).body['access_token'])).toMatchObject({ active: true, scope: 'notes:read' });
    ledger.hold();
    const { body } = await redeem(first, clientId, await obtainCode(first, clientId, { browser: narrow.browser }));
    expect(await askedTooEarly(() => introspect(body['access_token']))).toMatchObject({ active: true, scope: 'notes:read notes:write' });
  });

  it('suspends an agent that was resumed there, though by what it has heard there is nothing to do', async () => {
    const { agentId } = await first.service(resourceId, ['notes:read']);
    const change = (hub: TestHub, command: ConstructorParameters<typeof ChangeAgent>[1]) => hub.do(new ChangeAgent(agentId, command, hub.context));
    await change(late, { type: 'SuspendAgent', reason: 'once' });
    ledger.hold();
    await change(first, { type: 'ResumeAgent' });
    await askedTooEarly(() => change(late, { type: 'SuspendAgent', reason: 'again' }));
    expect((await first.events('AgentSuspended')).map(({ data }) => (data as { reason: string }).reason)).toEqual(['once', 'again']);
  });

  it.each([
    ['do not come in time', () => undefined],
    ['can\'t be had', () => void jest.spyOn(ledger, 'head').mockRejectedValue(new LedgerUnavailable('the store is away'))],
  ])('says of nothing that it is done already when the news %s', async (_, away) => {
    const { agentId } = await first.service(resourceId, ['notes:read']);
    const suspend = { type: 'SuspendAgent', reason: 'again' } as const;
    await late.do(new ChangeAgent(agentId, suspend, late.context));
    ledger.hold();
    away();
    await first.do(new ChangeAgent(agentId, { type: 'ResumeAgent' }, first.context));
    await expect(late.do(new ChangeAgent(agentId, suspend, late.context))).rejects.toThrow(LedgerUnavailable);
  });

  it('finds what was made there to work on', async () => {
    await late.do(new PublishPolicy(JSON.stringify({ rules: [{ id: 'before', effect: 'allow' }] }), late.context));
    ledger.hold();
    const { version } = await first.do(new PublishPolicy(JSON.stringify({ rules: [{ id: 'all', effect: 'allow' }] }), first.context));
    await askedTooEarly(() => late.do(new ActivatePolicy(version, 'ActivatePolicy', late.context)));
    expect((await first.events('PolicyActivated')).at(-1)!.data).toMatchObject({ version });
  });

  it('still refuses what nobody has allowed, at once', async () => {
    const agent = (await first.agent(SERVICE_CLIENT)) as { clientId: string; clientSecret: string };
    const answer = await late.clientCredentials(agent, { resource: NOTES.uri });
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant']);
  });
});
