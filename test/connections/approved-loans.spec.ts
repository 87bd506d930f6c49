import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeUser } from '../../src/commands/users/change-user.js';
import { ReplayDecisions } from '../../src/commands/decisions/replay-decisions.js';
import { decideBy } from '../api/policies/policy-paths.js';
import { passkeyPrompt } from '../support/authenticator.js';
import { PersonInBrowser } from '../support/person-in-browser.js';
import { ConnectionsRig } from './connections-rig.js';
import { StoreKey } from '../../src/commands/credentials/store-key.js';

describe('a call of a service that a person has to confirm', () => {
  let rig: ConnectionsRig;
  let boss: PersonInBrowser;
  let token: string;
  beforeAll(async () => {
    rig = await ConnectionsRig.start();
    const { hub } = rig;
    const connectionId = await rig.define('keyed', { heldBy: 'tenant', apiKey: { placement: 'header', name: 'x-key' }, routes: [{ methods: ['GET', 'POST'], path: '/api/**' }] });
    await hub.do(new StoreKey(connectionId, { kind: 'tenant', id: hub.context.tenant }, { key: 'a-key-of-a-service' }, hub.context));
    ({ token } = await rig.robot(['read'], connectionId));
    boss = await PersonInBrowser.of(hub);
    await boss.signIn();
    await boss.addPasskey();
    await hub.do(new ChangeUser(boss.userId, { type: 'ChangeRoles', roles: ['admin'] }, hub.context));
    await decideBy(hub, [{ id: 'all', effect: 'allow' }, { id: 'ask', effect: 'require_approval', targets: { connections: ['keyed'] } }]);
    rig.service.calls.length = 0;
  });
  afterAll(() => rig.close());

  const confirm = async (asked: Readonly<Record<string, unknown>>): Promise<number> => {
    const page = await boss.browser.open(`/my/approvals/${/^ma_(apr_[\w-]+)\./.exec(String(asked['auth_req_id']))![1]!}`);
    const shown = { factor: 'passkey', answer: boss.passkey.get(passkeyPrompt(page).options), number: String(asked['binding_code']) };
    return (await boss.browser.submit(page, '/my/approvals/confirm', shown)).status;
  };

  it('waits, is made once when it is repeated, and another address is another call', async () => {
    const asked = await rig.forward(token, '/api/things?id=1', {}, 'keyed');
    expect([asked.status, asked.body['code'], rig.service.calls.length]).toEqual([403, 'authorization_pending', 0]);
    expect((await rig.forward(token, '/api/things?id=1', {}, 'keyed')).body['auth_req_id']).toBe(asked.body['auth_req_id']);
    expect(await confirm(asked.body)).toBe(200);
    const other = await rig.forward(token, '/api/things?id=2', {}, 'keyed');
    expect([other.status, other.body['auth_req_id'] === asked.body['auth_req_id']]).toEqual([403, false]);
    await rig.forward(token, '/api/things?id=1', {}, 'keyed');
    expect(rig.service.calls.map(({ url }) => url)).toEqual(['/api/things?id=1']);
    expect((await rig.forward(token, '/api/things?id=1', {}, 'keyed')).body['auth_req_id']).not.toBe(asked.body['auth_req_id']);
    expect((await rig.hub.events('CredentialLent')).at(-1)!.data).toMatchObject({ approvalId: expect.stringMatching(/^apr_/), decision: { met: ['approval'] } });
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
