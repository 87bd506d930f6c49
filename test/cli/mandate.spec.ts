import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../src/cli/run-command.js';
import type { RegisteredAgent } from '../../src/commands/agents/register-agent.js';
import { GiveGrant } from '../../src/commands/grants/give-grant.js';
import { OperatorAgent } from '../../src/commands/agents/operator-agent.js';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import { SqliteLedger } from '../../src/platform/ledger/sqlite-ledger.js';
import { writeOperatorFile } from '../../src/platform/operator-credentials.js';
import { ProjectionRunner } from '../../src/projections/feeding/runner.js';
import { NOTES, SERVICE_CLIENT, type TestHub, startHub } from '../support/hub.js';
import { TestClock } from '../support/test-clock.js';
import { sayYes } from '../api/approvals/approvals-rig.js';

describe('the mandate command', () => {
  let hub: TestHub;
  let directory: string;
  let agentId: string;
  let runner: ProjectionRunner | undefined;
  let online: readonly string[];
  const clock = new TestClock();
  const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });

  const mandate = async (args: readonly string[], environment: Record<string, string> = {}) => {
    const [lines, problems]: [string[], string[]] = [[], []];
    const code = await runCommand(args, { out: (line) => lines.push(line), problem: (line) => problems.push(line) }, { MANDATE_DATA: directory, ...environment });
    return { code, lines, problems };
  };
  const stopHub = async (): Promise<void> => {
    await runner?.stop();
    runner = undefined;
    await hub.close();
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-cli-'));
    const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() });
    hub = await startHub({ directory, ledger, clock, readDatabase: database });
    writeOperatorFile(directory, await hub.inside.app.get(OperatorAgent, { strict: false }).ensure(undefined, hub.issuer, hub.context));
    const client = await hub.service(await hub.resource(), ['notes:read']);
    agentId = client.agentId;
    await hub.clientCredentials(client, { resource: NOTES.uri });
    await hub.clientCredentials(client, { resource: NOTES.uri, scope: 'notes:burn' });
    await hub.agent(SERVICE_CLIENT, 'Twin');
    await hub.agent(SERVICE_CLIENT, 'Twin');
    await hub.agent(SERVICE_CLIENT, 'Never used\u001b[31m');
  });
  afterAll(async () => {
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('tells what it can do', async () => {
    const { code, lines } = await mandate(['--help']);
    expect([code, lines[0]]).toEqual([0, expect.stringMatching(/history <agent>.*\n.*agents/)]);
    expect((await mandate([])).code).toBe(2);
  });

  it.each([
    [['fly'], 2, 'There is no command "fly".'],
    [['constructor'], 2, 'There is no command "constructor".'],
    [['agents', '--loud'], 2, 'Unknown option \'--loud\''],
    [['history'], 1, 'Which agent?'],
    [['history', 'a', 'b'], 2, 'Too many words.'],
    [['suspend', 'agt_1'], 1, 'Say why with --reason'],
    [['history', 'agt_nobody'], 1, 'There is no such agent.'],
    [['keys', 'revoke'], 1, 'Which key?'],
    [['keys', 'revoke', 'x'], 1, 'Say why with --reason'],
    [['keys', 'revoke', 'nobody', '--reason', 'r'], 1, 'There is no such signing key.'],
    [['agents', '--url', 'nonsense'], 1, '"nonsense" is not a URL.'],
    [['agents', '--url', 'http://127.0.0.1:1'], 1, 'The operator\'s credentials in'],
  ])('%j is answered with a sentence', async (args, code, sentence) => {
    const answer = await mandate(args);
    expect([answer.code, answer.lines]).toEqual([code, []]);
    expect(answer.problems.join('\n')).toContain(sentence);
    expect(answer.problems.join('\n')).not.toMatch(/\n {4}at /);
  });

  it('says so when there are no credentials, and sends none to a hub that they are not for', async () => {
    const empty = { MANDATE_DATA: join(directory, 'nothing-here') };
    expect((await mandate(['agents', '--url', hub.issuer], empty)).problems[0]).toContain('There are no operator credentials in');
    expect((await mandate(['agents'], { MANDATE_ISSUER: 'https://id.example' })).problems[0]).toContain(`are for ${hub.issuer}, not for https://id.example`);
  });

  it('says what the hub says when lists are not there yet', async () => {
    expect((await mandate(['agents'])).problems[0]).toBe('The hub says: The lists are being built; try again in a moment.');
    const started = hub.inside.app.get(ProjectionRunner, { strict: false });
    runner = started;
    started.start();
    await database.open();
    await started.waitFor((await hub.events()).at(-1)!.position, 20_000);
  });

  it('decides again what was decided, and says how it came out', async () => {
    const { code, lines } = await mandate(['decisions', 'replay']);
    expect([code, lines]).toEqual([0, [expect.stringMatching(/^[1-9]\d* decisions were made again, 0 came out differently\.$/)]]);
    expect(JSON.parse((await mandate(['decisions', 'replay', '--json', '--to', '2026-01-01T00:00:00Z'])).lines.join('\n'))).toEqual({ decisions: 0, unknown: 0, mismatches: [] });
    expect((await mandate(['decisions', 'replay', '--from', 'yesterday'])).problems[0]).toContain('The hub says:');
  });

  it('lists the agents, as a table and as JSON', async () => {
    const { code, lines } = await mandate(['agents']);
    expect([code, lines.length]).toEqual([0, 6]);
    expect(lines[0]).toMatch(/^ID +STATUS +OWNER +LAST USED +ISSUED +REFUSED +NAME$/);
    expect(lines.find((line) => line.startsWith(agentId))).toMatch(/active +team team_test +2026-11-24T12:00:00.000Z +1 +1 +Service$/);
    expect(lines.join('\n')).not.toContain('\u001b');
    expect(JSON.parse((await mandate(['agents', '--json'])).lines.join('\n'))).toHaveLength(5);
  });

  it('tells an agent\'s history, found by id or by a name that only one has', async () => {
    online = (await mandate(['history', agentId])).lines;
    expect(online).toEqual([
      `Service (${agentId}), 4 events`,
      expect.stringContaining('registered as "Service" by an administrator, owner team team_test  (Mandate)'),
      expect.stringContaining('let it use Notes by an administrator\'s word [notes:read]  (Mandate)'),
      expect.stringContaining('got a token for Notes on behalf of agent Service by client_credentials'),
      expect.stringMatching(/was refused a token for Notes \(told invalid_scope\), without (unlisted:[\w-]{16}) \(resource\.scope_unknown\) \[\1\] because: scope\.none_allowed {2}\(the agent itself\)/),
    ]);
    expect((await mandate(['history', 'service'])).lines).toEqual(online);
    expect((await mandate(['history', 'Twin'])).problems[0]).toMatch(/^Several agents are called "Twin": agt_\S+, agt_\S+\. Use the id\.$/);
    expect((await mandate(['history', 'Serv'])).problems[0]).toContain('There is no agent called "Serv".');
    const json = (await mandate(['history', agentId, '--json'])).lines.map((line) => (JSON.parse(line) as { type: string }).type);
    expect(json).toEqual(['AgentRegistered', 'GrantGiven', 'TokenIssued', 'TokenRefused']);
  });

  it('lists what people were asked to confirm, and says no to it with a reason', async () => {
    const details = '[{"type":"note","text":"A secret plan"}]';
    const asker = (await hub.agent(SERVICE_CLIENT, 'Asker')) as Required<RegisteredAgent>;
    const asked = { agentId: asker.agentId, principal: { kind: 'agent' as const, id: asker.agentId }, resourceId: await hub.resource({ ...NOTES, uri: 'https://asked.example' }), scopes: ['notes:read'] };
    await hub.do(new GiveGrant(asked, hub.context));
    await hub.clientCredentials(asker, { resource: 'https://asked.example', scope: 'notes:read', authorization_details: details });
    await runner!.waitFor((await hub.events()).at(-1)!.position, 20_000);
    const rows = (await mandate(['approvals', 'list', 'pending', '--agent', asker.agentId])).lines;
    expect(rows).toEqual([expect.stringMatching(/^REQUEST +STATUS +UNTIL/), expect.stringMatching(new RegExp(`^apr_\\S+ +pending +2026-11-24 12:05 +${asker.agentId} +team team_test +res_\\S+ +notes:read`))]);
    const id = rows[1]!.split(' ')[0]!;
    expect((await mandate(['approvals', 'deny', id])).problems[0]).toContain('--reason');
    expect((await mandate(['approvals', 'deny', id, '--reason', 'a test'])).lines[0]).toContain(`${id} is denied.`);
    expect((await mandate(['approvals', 'deny', id, '--reason', 'a test'])).problems[0]).toBe('The hub says: The answer was no.');
    const again = await hub.clientCredentials(asker, { resource: 'https://asked.example', scope: 'notes:read', authorization_details: details.replace('A ', 'No ') });
    const confirmed = /^ma_(apr_[\w-]+)\./.exec(String(again.body['auth_req_id']))![1]!;
    await sayYes(hub, confirmed, 'usr_somebody');
    expect((await mandate(['approvals', 'withdraw', confirmed, '--reason', 'a second test'])).lines[0]).toContain(`${confirmed} is withdrawn.`);
    const told = (await mandate(['history', asker.agentId])).lines.join('\n');
    expect(told).toMatch(/Command line on the hub's machine took it back because: a second test/);
    expect(told).toContain('asked team team_test to confirm access to Notes on behalf of agent Asker');
    expect(told).toMatch(/Command line on the hub's machine said no as an administrator because: a test/);
    expect((await mandate(['approvals', 'approve', id])).code).toBe(2);
  });

  it('lists the signing keys, exchanges them, and revokes one', async () => {
    const keys = async () => (await mandate(['keys', 'list'])).lines.slice(1).map((line) => line.split(/ {2,}/));
    const [first] = (await keys()).filter(([, alg]) => alg === 'RS256');
    expect(first).toEqual([expect.any(String), 'RS256', 'active', '2026-11-24 12:00', '-']);
    expect((await mandate(['keys', 'rotate'])).lines[0]).toMatch(/^KEY +ALGORITHM +STATUS +SIGNS SINCE +PUBLISHED UNTIL$/);
    expect((await keys()).find(([kid]) => kid === first![0])).toEqual([first![0], 'RS256', 'retired', '2026-11-24 12:00', '2026-11-26 12:00']);
    const { code, lines } = await mandate(['keys', 'revoke', '--reason', 'It was on a lost disk', '--', first![0]!]);
    expect([code, lines[0]]).toEqual([0, `The key ${first![0]} is revoked: the hub publishes it no longer and takes nothing that it signed.`]);
    expect((await keys()).map(([kid]) => kid)).not.toContain(first![0]);
    expect((await hub.events('SigningKeyRevoked')).map(({ data }) => data)).toEqual([{ kid: first![0], reason: 'It was on a lost disk' }]);
  });

  it('shows what a person proves who they are with, and takes it away only with a reason', async () => {
    const userId = await hub.user();
    expect((await mandate(['factors', 'list', userId])).lines).toEqual(['No second factor: the password is enough.']);
    expect((await mandate(['factors', 'reset', userId])).problems[0]).toContain('--reason');
    expect((await mandate(['factors', 'reset', userId, '--reason', 'lost her phone'])).lines[0]).toContain(`${userId} has no second factor any more`);
    expect((await hub.events('FactorsWithdrawn')).at(-1)!.data).toEqual({ userId, reason: 'lost her phone', factors: 0 });
    expect((await mandate(['factors', 'list', 'usr_nobody'])).problems[0]).toContain('There is no such user');
  });

  it('prints every event of the tenant, and follows what comes', async () => {
    const { lines } = await mandate(['events', '--json']);
    const own = (await hub.events()).filter(({ tenant }) => tenant === hub.context.tenant);
    // Its own sign-in is the last of them.
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(own.map(({ id }) => id));
    const seen: string[] = [];
    let first: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (first = resolve));
    const following = runCommand(['events', '--follow'], { problem: () => undefined, out: (line) => {
      seen.push(line);
      if (line.includes('Written while following')) first();
    } }, { MANDATE_DATA: directory });
    // It is listening once a second token of its own is in the ledger.
    const tokens = (await hub.events('TokenIssued')).length;
    while ((await hub.events('TokenIssued')).length < tokens + 2) await new Promise((resolve) => setImmediate(resolve));
    await hub.agent(SERVICE_CLIENT, 'Written while following');
    await arrived;
    expect(seen.at(-1)).toContain('registered as "Written while following"');
    const { lines: suspended } = await mandate(['suspend', agentId, '--reason', 'test of the command']);
    expect(suspended).toEqual([`Service (${agentId}) is suspended. It gets nothing, and what it has stops working.`]);
    expect((await hub.events('AgentSuspended')).at(-1)).toMatchObject({ data: { agentId, reason: 'test of the command' }, actor: { kind: 'agent' } });
    await stopHub();
    expect(await following).toBe(1);
  });

  it('tells the same history without a hub, from the ledger\'s file', async () => {
    expect(hub.inside.failures).toEqual([]);
    const { code, lines } = await mandate(['history', 'Service']);
    expect([code, lines.slice(1, 5)]).toEqual([0, online.slice(1)]);
    expect(lines[0]).toBe(`Service (${agentId}), 5 events`);
    expect(lines[5]).toContain('suspended because: test of the command  (agent Command line on the hub\'s machine)');
    expect((await mandate(['history', 'Nobody'])).problems[0]).toContain('There is no agent called "Nobody".');
  });

  it('says so when there is neither a hub nor a ledger, or when somebody holds the ledger', async () => {
    expect((await mandate(['agents'])).problems[0]).toBe(`No hub answers at ${hub.issuer}. Start it with npm start, or name another with --url.`);
    const empty = await mandate(['history', 'x'], { MANDATE_DATA: join(directory, 'nothing-here') });
    expect(empty.problems[0]).toContain('there is no embedded ledger');
    const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() });
    expect((await mandate(['history', 'x'])).problems[0]).toContain('is in use by a hub that does not answer');
    await ledger.close();
  });
});
