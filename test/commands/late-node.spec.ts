import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ChangeAgent } from '../../src/commands/agents/change-agent.js';
import { ChangeConnection } from '../../src/commands/connections/change-connection.js';
import { DefineConnection } from '../../src/commands/connections/define-connection.js';
import { StoreKey } from '../../src/commands/credentials/store-key.js';
import { grantIdOf, resourceIdOf } from '../../src/commands/derived-ids.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import { PublishPolicy } from '../../src/commands/policies/publish-policy.js';
import { ActivatePolicy } from '../../src/commands/policies/activate-policy.js';
import { ChangeResource } from '../../src/commands/resources/change-resource.js';
import { ChangeTenant } from '../../src/commands/tenants/change-tenant.js';
import { Crypto } from '../../src/domain/ports/crypto.js';
import { LedgerUnavailable } from '../../src/domain/ports/ledger.js';
import { agentToken, call, letAgentsIn } from '../api/admin/admin-rig.js';
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

  /** Whether the news comes before the node knows how far the ledger goes, or only after. */
  const ORDERS = [['after', false], ['before', true]] as const;

  /** The question is put while nothing arrives; the news comes when the node goes and looks how far the ledger is. */
  const askedTooEarly = async <T>(question: () => Promise<T>): Promise<T> => {
    const looked = ledger.headAsked();
    const answer = question();
    await looked;
    ledger.release();
    return answer;
  };

  it.each(ORDERS)('redeems the code of a consent that was given there, heard of %s it knows how far the ledger goes', async (_, tellsLate) => {
    ledger.tellsLate = tellsLate;
    const { clientId } = await first.agent(PUBLIC_CLIENT);
    // The grant is looked for here before there is one.
    const early = await obtainCode(first, clientId, { change: { scope: 'notes:read' } });
    expect((await redeem(late, clientId, early)).status).toBe(200);
    ledger.hold();
    const wider = await obtainCode(first, clientId, { browser: early.browser });
    const { status, body } = await askedTooEarly(() => redeem(late, clientId, wider));
    expect([status, body['scope']]).toEqual([200, 'notes:read notes:write']);
  });

  it.each(ORDERS)('issues a token on a grant that was given there, heard of %s it knows how far the ledger goes', async (_, tellsLate) => {
    ledger.tellsLate = tellsLate;
    const agent = (await first.agent(SERVICE_CLIENT)) as { agentId: string; clientId: string; clientSecret: string };
    expect((await late.clientCredentials(agent, { resource: NOTES.uri })).status).toBe(400);
    ledger.hold();
    await first.do(new GiveGrant({ agentId: agent.agentId, principal: { kind: 'agent', id: agent.agentId }, resourceId, scopes: ['notes:read'] }, first.context));
    const answer = await askedTooEarly(() => late.clientCredentials(agent, { resource: NOTES.uri }));
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ scope: 'notes:read' })]);
  });

  it.each(ORDERS)('tells a resource server that a token counts which was issued there, heard of %s it knows how far the ledger goes', async (_, tellsLate) => {
    ledger.tellsLate = tellsLate;
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

  it.each(ORDERS)('suspends an agent that was resumed there, though by what it has heard there is nothing to do, heard of %s it knows how far the ledger goes', async (_, tellsLate) => {
    ledger.tellsLate = tellsLate;
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

  it.each(ORDERS)('finds what was made there to work on, heard of %s it knows how far the ledger goes', async (_, tellsLate) => {
    ledger.tellsLate = tellsLate;
    await late.do(new PublishPolicy(JSON.stringify({ rules: [{ id: 'before', effect: 'allow' }] }), late.context));
    ledger.hold();
    const { version } = await first.do(new PublishPolicy(JSON.stringify({ rules: [{ id: 'all', effect: 'allow' }] }), first.context));
    await askedTooEarly(() => late.do(new ActivatePolicy(version, 'ActivatePolicy', late.context)));
    expect((await first.events('PolicyActivated')).at(-1)!.data).toMatchObject({ version });
  });

  it.each(ORDERS)('says of nothing that it is not there, or closed, which was made, changed or opened there meanwhile, heard of %s it knows how far the ledger goes', async (_, tellsLate) => {
    ledger.tellsLate = tellsLate;
    const { context } = first;
    const { agentId, clientId, clientSecret } = (await first.agent(SERVICE_CLIENT)) as { agentId: string; clientId: string; clientSecret: string };
    const give = (hub: TestHub, scopes: readonly string[], to = resourceId) => hub.do(new GiveGrant({ agentId, principal: { kind: 'agent', id: agentId }, resourceId: to, scopes }, context));
    await letAgentsIn(first);
    const { token } = await agentToken(first);
    const meanwhile = async <T, U>(question: (made: T) => Promise<U>, change: () => Promise<T>): Promise<U> => {
      ledger.hold();
      const made = await change();
      return askedTooEarly(() => question(made));
    };

    await expect(give(late, ['notes:delete'])).rejects.toMatchObject({ code: 'resource.scope_unknown' });
    const wider = { type: 'ChangeScopes', scopes: [...NOTES.scopes, { name: 'notes:delete', description: 'Delete notes' }], defaultScopes: NOTES.defaultScopes } as const;
    await meanwhile(() => give(late, ['notes:delete']), () => first.do(new ChangeResource(resourceId, wider, context)));

    const files = { ...NOTES, uri: 'https://files.example/mcp' };
    const ask = () => late.clientCredentials({ clientId, clientSecret }, { resource: files.uri });
    expect((await ask()).body['error']).toBe('invalid_target');
    await meanwhile(ask, () => first.resource(files));

    const crypto = late.inside.app.get(Crypto, { strict: false });
    const filesId = resourceIdOf(crypto, context.tenant, files.uri);
    const look = async () => (await call(late, 'GET', `/api/grants/${grantIdOf(crypto, context.tenant, agentId, { kind: 'agent', id: agentId }, filesId)}`, { token })).status;
    expect(await look()).toBe(404);
    expect(await meanwhile(look, () => give(first, ['notes:read'], filesId))).toBe(200);
    expect((await ask()).status).toBe(200);

    const keyed = { title: 'Keyed', heldBy: 'tenant', apiKey: { placement: 'header', name: 'x-key' }, origins: ['https://api.example.com'] } as const;
    const { connectionId } = await first.do(new DefineConnection(first.issuer, 'keyed', keyed, context));
    const turn = (hub: TestHub, change: ConstructorParameters<typeof ChangeConnection>[1]) => hub.do(new ChangeConnection(connectionId, change, context));
    const store = () => late.do(new StoreKey(connectionId, { kind: 'tenant', id: context.tenant }, { key: 'a-key-of-a-service' }, context));
    await turn(late, { type: 'SuspendConnection', reason: 'a test' });
    await expect(store()).rejects.toMatchObject({ code: 'connection.suspended' });
    await meanwhile(store, () => turn(first, { type: 'ResumeConnection' }));

    const turnRegistration = (hub: TestHub, dynamic: 'closed' | 'open') => hub.do(new ChangeTenant({ type: 'ChangeRegistrationPolicy', registration: { dynamic, metadataDocuments: 'open', allowedHosts: [] } }, context));
    const metadata = { redirect_uris: ['https://app.example/cb'], token_endpoint_auth_method: 'none' };
    const register = async () => (await late.json('/register', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(metadata) })).status;
    await turnRegistration(late, 'closed');
    expect(await register()).toBe(403);
    expect(await meanwhile(register, () => turnRegistration(first, 'open'))).toBe(201);
  });

  it('still refuses what nobody has allowed, at once', async () => {
    const agent = (await first.agent(SERVICE_CLIENT)) as { clientId: string; clientSecret: string };
    const answer = await late.clientCredentials(agent, { resource: NOTES.uri });
    expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_grant']);
  });
});
