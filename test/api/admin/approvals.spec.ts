import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { EraseUser } from '../../../src/commands/users/erase-user.js';
import { openReadDatabase } from '../../../src/platform/database/open-read-database.js';
import { Clock } from '../../../src/domain/ports/clock.js';
import { SecretStore, SecretsUnavailable } from '../../../src/domain/ports/secret-store.js';
import { Housekeeping } from '../../../src/housekeeping.js';
import { AgentDirectory } from '../../../src/projections/agent-directory/agent-directory.queries.js';
import { Approvals as ApprovalList } from '../../../src/projections/approvals/approvals.queries.js';
import { Credentials } from '../../../src/projections/credentials/credentials.queries.js';
import { Tenants } from '../../../src/projections/tenants/tenants.queries.js';
import { ProjectionRunner } from '../../../src/projections/feeding/runner.js';
import type { PersonInBrowser } from '../../support/person-in-browser.js';
import { type TestHub, basic, startHub } from '../../support/hub.js';
import { type Client, Approvals, PAYMENTS, REFUND, REFUNDS_ARE_ASKED, said, withPasskey } from '../approvals/approvals-rig.js';
import { type Answer, type Body, adminToken, agentToken, callerWith, endpoints } from './admin-rig.js';

const error = ({ status, body }: { status: number; body: Readonly<Record<string, unknown>> }): string => (status === 200 ? '200' : `${status} ${String(body['error'])}`);
const idsOf = ({ body }: Answer): readonly unknown[] => (body['items'] as readonly Body[]).map(({ approval_id: id }) => id);

describe('approvals, as administrators see them', () => {
  let hub: TestHub;
  let approvals: Approvals;
  let person: PersonInBrowser;
  let resourceId: string;
  let admin: ReturnType<typeof callerWith>;
  let reader: ReturnType<typeof callerWith>;
  let clients: readonly [ofPerson: Client, ofTeam: Client];
  let asked: Awaited<ReturnType<Approvals['refund']>>;
  let id: string;
  let runner: ProjectionRunner;
  let housekeeping: Housekeeping;
  const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
  const fresh = async (path: string): Promise<Answer> => {
    const position = (await hub.events()).at(-1)!.position;
    for (;;) {
      const answer = await admin.get(path, { 'if-ledger-at-least': position });
      if (answer.status !== 503) return answer;
    }
  };

  beforeAll(async () => {
    hub = await startHub({ readDatabase: database });
    runner = hub.inside.app.get(ProjectionRunner, { strict: false });
    void database.open();
    runner.start();
    const inside = <T>(token: abstract new (...args: never[]) => T): T => hub.inside.app.get(token as never, { strict: false });
    housekeeping = new Housekeeping({
      bus: hub.inside.bus, tenants: inside(Tenants), agents: inside(AgentDirectory), credentials: inside(Credentials), approvals: inside(ApprovalList), secrets: inside(SecretStore), clock: inside(Clock),
    });
    approvals = new Approvals(hub);
    await approvals.decideBy(REFUNDS_ARE_ASKED);
    resourceId = await hub.resource(PAYMENTS);
    person = await withPasskey(hub);
    admin = callerWith(hub, (await adminToken(hub)).token);
    reader = callerWith(hub, (await adminToken(hub, { scopes: ['directory:read'] })).token);
    clients = [await approvals.client({ kind: 'user', id: person.userId }, resourceId), await approvals.client({ kind: 'team', id: 'team_pay' }, resourceId)];
    asked = await approvals.refund(clients[0], { authorization_details: REFUND });
    id = approvals.idOf(asked);
  });
  afterAll(async () => {
    await runner.stop();
    await hub.close();
    await database.close();
  });

  it('are listed newest first and page by page, by status, agent and who was asked', async () => {
    const ofTeam = approvals.idOf(await approvals.refund(clients[1]));
    expect(idsOf(await fresh('/api/approvals'))).toEqual([ofTeam, id]);
    const { body } = await fresh('/api/approvals?limit=1');
    expect(body).toMatchObject({ items: [{ approval_id: ofTeam, approver: { kind: 'team', id: 'team_pay' }, status: 'pending', scopes: ['pay:refund'] }] });
    expect(idsOf(await fresh(`/api/approvals?limit=1&cursor=${String(body['next'])}`))).toEqual([id]);
    expect(idsOf(await fresh(`/api/approvals?agent=${clients[1].agentId}`))).toEqual([ofTeam]);
    expect(idsOf(await fresh(`/api/approvals?approver=${person.userId}&status=pending`))).toEqual([id]);
    expect(idsOf(await fresh('/api/approvals?status=denied'))).toEqual([]);
    for (const query of ['status=open', 'agent=x', 'approver=a%20b']) expect((await admin.get(`/api/approvals?${query}`)).status).toBe(400);
  });

  it('are shown one by one, without what the agent wrote unless that is asked for, and then it stands in the ledger first', async () => {
    const { body } = await reader.get(`/api/approvals/${id}`);
    expect(body).toMatchObject({
      approval_id: id, agent_id: clients[0].agentId, agent_owner: { kind: 'user', id: person.userId }, approver: { kind: 'user', id: person.userId }, status: 'pending', purpose: 'token',
      network: '127.0.0.0/24', rule_ids: expect.arrayContaining(['refunds']), requested_at: hub.inside.clock.seconds(),
    });
    expect(JSON.stringify(body)).not.toMatch(/customer-seventeen|texts|binding_code/);
    expect(await reader.get(`/api/approvals/${id}?reveal=true`)).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect(await hub.events('ApprovalRevealed')).toEqual([]);
    expect((await admin.get(`/api/approvals/${id}?reveal=true`)).body['texts']).toEqual({ authorization_details: JSON.parse(REFUND) as unknown, binding_message: '' });
    expect(await hub.events('ApprovalRevealed')).toMatchObject([{ actor: { kind: 'user' }, data: { approvalId: id } }]);
  });

  it('are confirmed by no administrator and by no operator, through no endpoint', async () => {
    expect(endpoints.filter(({ path }) => path.includes('approval')).map(({ name }) => name).sort()).toEqual(['denyApproval', 'listApprovals', 'readApproval', 'withdrawApproval']);
    const robot = callerWith(hub, (await agentToken(hub)).token);
    for (const verb of ['approve', 'confirm']) expect((await robot.post(`/api/approvals/${id}/${verb}`)).status).toBe(404);
    // Nor at the person's own page, role or not.
    const boss = await withPasskey(hub);
    await hub.do(new ChangeUser(boss.userId, { type: 'ChangeRoles', roles: ['admin'] }, hub.context));
    expect(await approvals.confirm(asked, boss)).toBe('404 There is no such request');
    expect((await admin.get(`/api/approvals/${id}`)).body['status']).toBe('pending');
  });

  it('are stopped by an administrator with a reason, for good and in the ledger, and the agent hears a no', async () => {
    const denied = await admin.post(`/api/approvals/${id}/deny`, { reason: 'The agent is under attack.' });
    expect(denied).toMatchObject({ status: 200, body: { status: 'denied', denial: { by: 'administrator', reason: 'The agent is under attack.' }, answered_by: expect.stringMatching(/^usr_/) } });
    expect((await hub.events('ApprovalDenied')).at(-1)).toMatchObject({ actor: { kind: 'user', act: { kind: 'agent' } }, data: { approvalId: id, reason: 'administrator', because: 'The agent is under attack.' } });
    expect((await approvals.poll(asked, clients[0])).body['error']).toBe('access_denied');
    expect(await approvals.confirm(asked, person)).toContain('409');
    expect(await admin.post(`/api/approvals/${id}/deny`, { reason: 'again' })).toMatchObject({ status: 409, body: { code: 'approval.denied' } });
    expect((await approvals.refund(clients[0], { authorization_details: REFUND })).body['error']).toBe('access_denied');
    expect(idsOf(await fresh('/api/approvals?status=denied'))).toEqual([id]);
    expect(hub.inside.failures).toEqual([]);
  });

  it('that was confirmed and not used yet can be taken back, and is a no from then on', async () => {
    const [client, ben] = [await approvals.client({ kind: 'user', id: person.userId }, resourceId), await withPasskey(hub)];
    const asked = await approvals.refund(client);
    const page = await approvals.answer(asked, person);
    expect(page.html).toContain('Confirmed, and not used yet');
    const withdraw = (by: PersonInBrowser) => by.browser.submit(page, '/my/approvals/withdraw', {});
    // A page of somebody else's session opens nothing, whatever it says.
    expect((await withdraw(ben)).status).toBe(403);
    const taken = await withdraw(person);
    expect([said(taken), taken.html.includes('Take it back')]).toEqual(['done', false]);
    expect(error(await approvals.poll(asked, client))).toBe('400 access_denied');
    expect(error(await approvals.refund(client))).toBe('400 access_denied');
    expect((await withdraw(person)).status).toBe(409);
    const stream = (await hub.inside.ledger.readStream(`approval-${approvals.idOf(asked)}`)).map(({ type, data }) => [type, (data as { withdrawnBy?: string }).withdrawnBy]);
    expect(stream.slice(1)).toEqual([['ApprovalConfirmed', undefined], ['ApprovalWithdrawn', person.userId]]);
  });

  it('can\'t be taken back once it was used, nor before it was confirmed', async () => {
    const client = await approvals.client({ kind: 'user', id: person.userId }, resourceId);
    const [asked, waits] = [await approvals.refund(client), await approvals.refund(client, { authorization_details: REFUND })];
    const page = await approvals.answer(asked, person);
    expect(error(await approvals.poll(asked, client))).toBe('200');
    expect((await person.browser.submit(page, '/my/approvals/withdraw', {})).status).toBe(409);
    await expect(person.browser.submit(page, '/my/approvals/withdraw', { approval_id: approvals.idOf(waits) })).resolves.toMatchObject({ status: 409 });
    expect(await approvals.confirm(waits, person)).toBe('done');
  });

  it('that were confirmed are taken back by an administrator, or by whoever answers for the agent, as long as they were not used', async () => {
    const owner = await withPasskey(hub);
    const of = await approvals.client({ kind: 'user', id: owner.userId }, resourceId, person.userId);
    const ask = async (scope: string) => {
      const request = await hub.post('/bc-authorize', { login_hint: person.userId, resource: PAYMENTS.uri, scope }, basic(of.clientId, of.clientSecret));
      await fresh('/api/approvals');
      return request;
    };
    const first = await ask('pay:refund');
    expect((await owner.browser.open('/my/approvals')).html).not.toContain('Take it back');
    await approvals.answer(first, person);
    await fresh('/api/approvals');
    const page = await owner.browser.open('/my/approvals');
    expect([page.html.includes('Confirmed, and not used yet'), page.html.includes('Nothing waits for you')]).toEqual([true, true]);
    expect(said(await owner.browser.submit(page, '/my/approvals/withdraw', {}))).toBe('done');
    expect((await approvals.poll(first, of)).body['error']).toBe('access_denied');
    expect((await owner.browser.open('/my/approvals')).html).not.toContain('Take it back');
    const second = await ask('pay:read');
    const path = `/api/approvals/${approvals.idOf(second)}`;
    expect(await admin.post(`${path}/withdraw`, { reason: 'too early' })).toMatchObject({ status: 409, body: { code: 'approval.pending' } });
    await approvals.answer(second, person);
    expect(await reader.post(`${path}/withdraw`, { reason: 'r' })).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect(await admin.post(`${path}/withdraw`, { reason: 'Wrong amount.' })).toMatchObject({ status: 200, body: { status: 'withdrawn', withdrawal: { by: 'administrator', reason: 'Wrong amount.' } } });
    expect(await admin.post(`${path}/withdraw`, { reason: 'again' })).toMatchObject({ status: 409, body: { code: 'approval.withdrawn' } });
    expect((await hub.events('ApprovalWithdrawn')).slice(-2).map(({ data }) => (data as Body)['reason'])).toEqual(['person', 'administrator']);
    await fresh('/api/approvals');
    expect(idsOf(await fresh('/api/approvals?status=withdrawn'))).toEqual(expect.arrayContaining([approvals.idOf(second), approvals.idOf(first)]));
  });

  it('that nobody answered in time read as expired, and can\'t be denied any more', async () => {
    const late = approvals.idOf(await approvals.refund(clients[0]));
    hub.inside.clock.advance(300);
    admin = callerWith(hub, (await adminToken(hub)).token);
    expect((await admin.get(`/api/approvals/${late}`)).body['status']).toBe('expired');
    expect(idsOf(await fresh('/api/approvals?status=expired'))).toContain(late);
    expect(await admin.post(`/api/approvals/${late}/deny`, { reason: 'late' })).toMatchObject({ status: 409, body: { code: 'approval.expired' } });
    // The hub notes it once by itself, of whoever's request it is.
    for (let n = 0; n < 2; n += 1) {
      await housekeeping.expireApprovals();
      await fresh('/api/approvals');
    }
    const noted = (await hub.events('ApprovalExpired')).map(({ data }) => (data as { approvalId: string }).approvalId);
    expect([noted.length, noted.filter((one) => one === late).length, noted.includes(id)]).toEqual([2, 1, false]);
  });

  it('can be read by nobody, administrators included, when the person was erased while it was being asked (AU-07)', async () => {
    const dora = await hub.user({ email: 'dora@example.com', name: 'Dora', password: 'correct horse battery' });
    const by = await approvals.client({ kind: 'user', id: dora }, resourceId);
    const { privacy, secrets } = hub.inside.vault;
    const seal = privacy.seal.bind(privacy);
    privacy.seal = async (...of) => {
      privacy.seal = seal;
      await hub.do(new EraseUser(dora, 'asked for', hub.context));
      return seal(...of);
    };
    expect(error(await approvals.refund(by, { authorization_details: REFUND }))).toBe('400 access_denied');
    expect((await hub.events('ApprovalRequested')).at(-1)).toMatchObject({ data: { approver: { id: dora } } });
    expect(await secrets.get(hub.context.tenant, 'subject-key', dora)).toBeUndefined();
  });

  it('are read by nobody from the moment at which the erasure is recorded; one that was cut short there the hub finishes by itself (AU-07)', async () => {
    const cora = await hub.user({ email: 'cora@example.com', name: 'Cora', password: 'correct horse battery' });
    const by = await approvals.client({ kind: 'user', id: cora }, resourceId);
    const theirs = approvals.idOf(await approvals.refund(by, { authorization_details: REFUND }));
    const { privacy, secrets } = hub.inside.vault;
    const left = async (): Promise<readonly boolean[]> => Promise.all(['subject-key', 'password'].map(async (kind) => (await secrets.get(hub.context.tenant, kind, cora)) !== undefined));
    const revealed = async (): Promise<unknown> => (await admin.get(`/api/approvals/${theirs}?reveal=true`)).body['texts'];
    expect(await revealed()).toMatchObject({ authorization_details: JSON.parse(REFUND) as unknown });
    // As if the hub had died between the event and the key.
    Object.assign(privacy, { erase: () => Promise.reject(new SecretsUnavailable('away')) });
    expect((await admin.post(`/api/users/${cora}/erase`, { reason: 'asked for' })).status).toBe(503);
    Reflect.deleteProperty(privacy, 'erase');
    expect([await revealed(), await left()]).toEqual([null, [true, true]]);
    await fresh('/api/approvals');
    const events = (await hub.events()).length;
    await housekeeping.finishErasures();
    expect([await left(), await secrets.count('erasure'), (await hub.events()).length]).toEqual([[false, false], 0, events]);
  });

  it('of one person whose erasure can\'t be finished keep nobody else\'s from it (AU-07)', async () => {
    const { privacy, secrets } = hub.inside.vault;
    const people = await Promise.all(['uma', 'vera'].map((name) => hub.user({ email: `${name}@example.com`, name, password: 'correct horse battery' })));
    const [first, second] = people.toSorted() as [string, string];
    const erase = privacy.erase.bind(privacy);
    privacy.erase = () => Promise.reject(new SecretsUnavailable('away'));
    for (const userId of people) expect((await admin.post(`/api/users/${userId}/erase`, { reason: 'asked for' })).status).toBe(503);
    await fresh('/api/approvals');
    privacy.erase = (tenant, userId) => (userId === first ? Promise.reject(new SecretsUnavailable('away')) : erase(tenant, userId));
    await expect(housekeeping.finishErasures()).rejects.toThrow('away');
    expect([await secrets.get(hub.context.tenant, 'subject-key', second), await secrets.names(hub.context.tenant, 'erasure')]).toEqual([undefined, [first]]);
    privacy.erase = erase;
    await housekeeping.finishErasures();
    expect(await secrets.count('erasure')).toBe(0);
  });
});
