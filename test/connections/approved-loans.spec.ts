import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeUser } from '../../src/commands/users/change-user.js';
import { ReplayDecisions } from '../../src/commands/decisions/replay-decisions.js';
import { brokerUri } from '../../src/commands/resources/hub-resources.js';
import { CIBA } from '../api/approvals/approvals-rig.js';
import { decideBy } from '../api/policies/policy-paths.js';
import { passkeyPrompt } from '../support/authenticator.js';
import { allow, exchange, exchanger } from '../support/exchange.js';
import { basic } from '../support/hub.js';
import { PersonInBrowser } from '../support/person-in-browser.js';
import { ConnectionsRig } from './connections-rig.js';
import { StoreKey } from '../../src/commands/credentials/store-key.js';

describe('a call of a service that a person has to confirm', () => {
  let rig: ConnectionsRig;
  let boss: PersonInBrowser;
  let token: string;
  let lentId: string;
  beforeAll(async () => {
    rig = await ConnectionsRig.start();
    const { hub } = rig;
    const connectionId = await rig.define('keyed', { heldBy: 'tenant', apiKey: { placement: 'header', name: 'x-key' }, routes: [{ methods: ['GET', 'POST'], path: '/api/**' }] });
    await hub.do(new StoreKey(connectionId, { kind: 'tenant', id: hub.context.tenant }, { key: 'a-key-of-a-service' }, hub.context));
    lentId = await rig.define('lent', { heldBy: 'tenant', lends: true, apiKey: { placement: 'header', name: 'x-key' } });
    await hub.do(new StoreKey(lentId, { kind: 'tenant', id: hub.context.tenant }, { key: 'a-key-that-is-lent' }, hub.context));
    ({ token } = await rig.robot(['read'], connectionId));
    boss = await PersonInBrowser.of(hub);
    await boss.signIn();
    await boss.addPasskey();
    await hub.do(new ChangeUser(boss.userId, { type: 'ChangeRoles', roles: ['admin'] }, hub.context));
    await decideBy(hub, [{ id: 'all', effect: 'allow' }, { id: 'ask', effect: 'require_approval', targets: { connections: ['keyed', 'lent'] } }]);
    rig.service.calls.length = 0;
  });
  afterAll(() => rig.close());

  const confirm = async (asked: Readonly<Record<string, unknown>>): Promise<number> => {
    const page = await boss.browser.open(`/my/approvals/${/^ma_(apr_[\w-]+)\./.exec(String(asked['auth_req_id']))![1]!}`);
    const shown = { factor: 'passkey', answer: boss.passkey.get(passkeyPrompt(page).options), number: String(asked['binding_code']) };
    return (await boss.browser.submit(page, '/my/approvals/confirm', shown)).status;
  };

  /** An agent that may be lent the key, with a token of its own to ask with. */
  const borrower = async (scopes: readonly string[]) => {
    const { hub } = rig;
    const by = await exchanger(hub, 'Borrower');
    const broker = (await hub.events('ResourceRegistered')).map(({ data }) => data as { uri: string; resourceId: string }).find(({ uri }) => uri === brokerUri(hub.issuer))!;
    await allow(hub, by.agentId, { kind: 'agent', id: by.agentId }, broker.resourceId, ['connections:use']);
    await allow(hub, by.agentId, { kind: 'agent', id: by.agentId }, lentId, scopes);
    const own = String((await hub.clientCredentials(by, { resource: broker.uri })).body['access_token']);
    return { by, ask: () => exchange(hub, by, own, { requested_token_type: 'urn:mandate:connection:lent' }) };
  };

  const lastRefused = async () => (await rig.hub.events('CredentialLendRefused')).at(-1)!.data;

  it('waits, is made once when it is repeated, and another address is another call', async () => {
    const asked = await rig.forward(token, '/api/things?id=1', {}, 'keyed');
    expect([asked.status, asked.body['code'], rig.service.calls.length]).toEqual([403, 'authorization_pending', 0]);
    expect(await lastRefused()).toMatchObject({ error: 'authorization_pending', reason: 'policy.approval_required', approvalId: /^ma_(apr_[\w-]+)\./.exec(String(asked.body['auth_req_id']))![1]! });
    expect((await rig.forward(token, '/api/things?id=1', {}, 'keyed')).body['auth_req_id']).toBe(asked.body['auth_req_id']);
    expect(await confirm(asked.body)).toBe(200);
    const other = await rig.forward(token, '/api/things?id=2', {}, 'keyed');
    expect([other.status, other.body['auth_req_id'] === asked.body['auth_req_id']]).toEqual([403, false]);
    await rig.forward(token, '/api/things?id=1', {}, 'keyed');
    expect(rig.service.calls.map(({ url }) => url)).toEqual(['/api/things?id=1']);
    expect((await rig.forward(token, '/api/things?id=1', {}, 'keyed')).body['auth_req_id']).not.toBe(asked.body['auth_req_id']);
    expect((await rig.hub.events('CredentialLent')).at(-1)!.data).toMatchObject({ approvalId: expect.stringMatching(/^apr_/), decision: { met: ['approval'] } });
  });

  it('that would be refused even then is refused at once: nobody is asked to confirm what can\'t be', async () => {
    const { ask } = await borrower(['read']);
    const before = (await rig.hub.events('ApprovalRequested')).length;
    const refused = await ask();
    // The key can do more than what was granted, and is not handed over for that.
    expect([refused.status, refused.body['error'], refused.body['auth_req_id'], refused.body['error_description']]).toEqual([400, 'access_denied', undefined, expect.stringContaining('is not given out')]);
    expect((await rig.hub.events('ApprovalRequested')).length).toBe(before);
    // The record says what the agent heard, and of the decision what it was.
    expect(await lastRefused()).toMatchObject({ error: 'access_denied', reason: 'credential.too_broad', decision: { reason: 'policy.approval_required' } });
  });

  it('that an agent wants to be lent the credential for waits too: the same exchange gives it once, and the poll nothing', async () => {
    const { hub } = rig;
    const { by, ask } = await borrower(['read', 'write']);
    const asked = await ask();
    expect([asked.status, asked.body['error'], (await hub.events('CredentialLent')).some(({ data }) => (data as { connectionId: string }).connectionId === lentId)]).toEqual([400, 'authorization_pending', false]);
    expect(await confirm(asked.body)).toBe(200);
    const polled = await hub.post('/token', { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']) }, basic(by.clientId, by.clientSecret));
    expect([polled.status, polled.body['error']]).toEqual([400, 'invalid_request']);
    const lent = await ask();
    expect([lent.status, lent.body['access_token'], lent.headers.get('cache-control')]).toEqual([200, 'a-key-that-is-lent', 'no-store']);
    expect((await hub.events('CredentialLent')).at(-1)!.data).toMatchObject({ agentId: by.agentId, purpose: 'exchange', approvalId: expect.stringMatching(/^apr_/), decision: { met: ['approval'] } });
    const again = await ask();
    expect([again.status, again.body['error'], again.body['auth_req_id'] === asked.body['auth_req_id']]).toEqual([400, 'authorization_pending', false]);
  });

  it('is shown to the person as it is to be made, to the last character, and stands in no event like that (SU-05)', async () => {
    const asked = await rig.forward(token, '/api/people/ana@example.com?drop=all', {}, 'keyed');
    const page = await boss.browser.open(`/my/approvals/${/^ma_(apr_[\w-]+)\./.exec(String(asked.body['auth_req_id']))![1]!}`);
    expect([page.status, page.html.includes('/api/people/ana@example.com?drop=all</bdi>'), page.html.includes('<bdi>GET</bdi>')]).toEqual([200, true, true]);
    expect(JSON.stringify(await rig.hub.events())).not.toContain('people/ana');
  });

  it('is another call with another header, which the person sees too; how the answer is wanted makes no difference', async () => {
    const call = (headers: Record<string, string>) => rig.forward(token, '/api/things?id=7', { headers }, 'keyed');
    const asked = await call({ 'x-account': 'acct_ana' });
    const page = await boss.browser.open(`/my/approvals/${/^ma_(apr_[\w-]+)\./.exec(String(asked.body['auth_req_id']))![1]!}`);
    expect([page.html.includes('x-account'), page.html.includes('<bdi>acct_ana</bdi>'), await confirm(asked.body)]).toEqual([true, true, 200]);
    expect((await call({ 'x-account': 'acct_mallory' })).body['auth_req_id']).not.toBe(asked.body['auth_req_id']);
    const made = rig.service.calls.length;
    await call({ 'x-account': 'acct_ana', accept: 'text/plain', 'x-request-id': 'another' });
    expect(rig.service.calls.slice(made).map(({ url }) => url)).toEqual(['/api/things?id=7']);
  });

  it('is refused, and nobody is asked, when it is longer than anybody reads', async () => {
    const refused = await rig.forward(token, `/api/things?id=${'9'.repeat(4_096)}`, {}, 'keyed');
    expect([refused.status, refused.body['code'], refused.body['auth_req_id']]).toEqual([403, 'access_denied', undefined]);
  });

  it('is refused, and nobody is asked, when it has a body that nobody could look at', async () => {
    const refused = await rig.forward(token, '/api/things', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }, 'keyed');
    expect([refused.status, refused.body['code'], refused.body['auth_req_id']]).toEqual([403, 'access_denied', undefined]);
  });

  it('is decided again from the ledger alone, with the same outcome', async () => {
    const replayed = await rig.hub.inside.app.get(ReplayDecisions, { strict: false }).page({ tenant: rig.hub.context.tenant, after: '', limit: 100_000 });
    expect(replayed).toMatchObject({ mismatches: [], unknown: 0 });
    expect(rig.hub.inside.failures).toEqual([]);
  });
});
