import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../src/cli/run-command.js';
import { OperatorAgent } from '../../src/commands/agents/operator-agent.js';
import { StoreKey } from '../../src/commands/credentials/store-key.js';
import { ContinueVaultRotation } from '../../src/commands/vault/continue-vault-rotation.js';
import { SETTLING } from '../../src/domain/vault/vault.decider.js';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import { writeOperatorFile } from '../../src/platform/operator-credentials.js';
import { ProjectionRunner } from '../../src/projections/feeding/runner.js';
import { NOTES, type TestHub, startHub } from '../support/hub.js';
import { WorkforceIdp } from '../support/workforce-idp.js';

describe('the mandate command for policies, connections and the vault', () => {
  let hub: TestHub;
  let directory: string;
  let runner: ProjectionRunner;
  let agentId: string;
  const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
  const screen: string[] = [];

  const mandate = async (...args: readonly string[]) => {
    await runner.waitFor((await hub.events()).at(-1)!.position, 20_000);
    const [lines, problems]: [string[], string[]] = [[], []];
    const code = await runCommand(args, { out: (line) => lines.push(line), problem: (line) => problems.push(line), screen: (text) => void screen.push(text) }, { MANDATE_DATA: directory });
    return { code, lines, problems, text: lines.join('\n'), json: () => JSON.parse(lines.join('\n')) as Record<string, unknown> };
  };
  const file = (name: string, content: object | string): string => {
    const path = join(directory, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-cli-'));
    hub = await startHub({ directory, readDatabase: database, allowLoopback: true });
    writeOperatorFile(directory, await hub.inside.app.get(OperatorAgent, { strict: false }).ensure(undefined, hub.issuer, hub.context));
    const client = await hub.service(await hub.resource(), ['notes:read', 'notes:write']);
    agentId = client.agentId;
    for (let n = 0; n < 3; n += 1) await hub.clientCredentials(client, { resource: NOTES.uri, scope: 'notes:read notes:write' });
    runner = hub.inside.app.get(ProjectionRunner, { strict: false });
    runner.start();
    await database.open();
  });
  afterAll(async () => {
    expect(hub.inside.failures).toEqual([]);
    await runner.stop();
    await hub.close();
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  describe('policy', () => {
    const rules = [
      { id: 'what-was-granted', effect: 'allow' },
      { id: 'no-writing', effect: 'deny', agents: { owners: [{ kind: 'team', id: 'team_test' }] }, targets: { scopes: ['notes:write'] }, unless: { principals: { roles: ['admin'] } }, condition: 'history.count_today >= 0' },
    ];

    it('publishes a draft from a file, lists and shows it, and tells what it would change', async () => {
      const published = await mandate('policy', 'publish', file('draft.json', { rules }));
      expect([published.problems, published.text]).toEqual([[], expect.stringMatching(/^Version 2 is published as a draft \([\w-]+\)\. Try it: mandate policy back-test 2/)]);
      const listed = await mandate('policy', 'list');
      expect(listed.lines.map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([['VERSION', 'STATE'], ['1', 'active'], ['2', 'draft']]);
      expect((await mandate('policy', 'show', '2')).lines.slice(1)).toEqual([
        'what-was-granted: allow everything', 'no-writing: deny', '    agents: owners team team_test', '    targets: scopes notes:write', '    unless principals: roles admin', '    if history.count_today >= 0',
      ]);
      expect((await mandate('policy', 'show', '2', '--json')).json()).toEqual({ rules });
      const { lines } = await mandate('policy', 'diff', '2');
      expect([lines[0], lines.some((line) => line === '+ no-writing: deny'), lines.some((line) => line.startsWith('- '))]).toEqual(['From version 1 to version 2:', true, true]);
      expect((await mandate('policy', 'diff', '2', '2')).text).toBe('Version 2 has the same rules as version 2.');
    });

    it('says what would be decided now, rule by rule, of a version or of a file', async () => {
      const asked = ['--agent', agentId, '--target', NOTES.uri, '--scope', 'notes:read,notes:write'];
      const { lines } = await mandate('policy', 'dry-run', '2', ...asked);
      expect(lines[0]).toBe('Service: ALLOWED [notes:read]  (policy version 2)');
      expect(lines[1]).toContain('without notes:write: no-writing');
      expect(lines.find((line) => line.startsWith('no-writing'))).toMatch(/^no-writing +deny +applies to notes:write$/);
      const denied = await mandate('policy', 'dry-run', file('nothing.json', { rules: [] }), ...asked);
      expect(denied.lines[0]).toMatch(/^Service: REFUSED because: policy\.denied {2}\(a document that is not published\)$/);
      expect((await mandate('policy', 'dry-run', '--json', ...asked)).json()).toMatchObject({ allowed: true, scopes: ['notes:read', 'notes:write'] });
      expect((await mandate('policy', 'dry-run', '2')).problems[0]).toContain('For which agent, and to what?');
    });

    it('back-tests a draft on everything that was ever asked, with a bar, and says who would notice', async () => {
      screen.length = 0;
      const { code, lines } = await mandate('policy', 'back-test', '2');
      expect([code, lines[0]]).toEqual([0, expect.stringMatching(/^[1-9]\d* recorded decisions: \d+ stay as they were, 3 come out differently\.$/)]);
      expect(lines.find((line) => line.includes(agentId))).toMatch(/^3 +0 +0 +Service \(agt_/);
      expect(lines.filter((line) => line.includes('notes:write of res_')).length).toBe(3);
      expect(lines.at(-1)).toMatch(/for agent agt_\S+ by client_credentials: allowed -> denied \(no-writing\)$/);
      expect(screen.some((text) => /Deciding anew \[#{24}\] 100 % [1-9]/.test(text))).toBe(true);
      const none = await mandate('policy', 'back-test', file('same.json', { rules: [rules[0]!] }), '--to', '2026-01-01T00:00:00Z', '--json');
      expect(none.json()).toEqual({ decisions: 0, unchanged: 0, unknown: 0, agents: [] });
      screen.length = 0;
      expect((await mandate('decisions', 'replay')).code).toBe(0);
      expect(screen.some((text) => /Deciding again \[#{24}\] 100 %/.test(text))).toBe(true);
    });

    it('lets a version look on, decide, and goes back', async () => {
      expect((await mandate('policy', 'shadow', '2')).text).toContain('Version 2 decides beside the active one');
      expect((await mandate('policy', 'unshadow', '2')).text).toBe('Version 2 is a draft again.');
      expect((await mandate('policy', 'activate', '2')).text).toContain('Version 2 decides from here on.');
      expect((await mandate('policy', 'rollback', '1')).text).toBe('Version 1 decides again.');
      expect((await mandate('policy', 'list', '--json')).json()).toMatchObject([{ version: 1, state: 'active' }, { version: 2, state: 'rolled_back' }]);
    });

    it.each([
      [['policy', 'show'], 'Which version?'], [['policy', 'activate', 'two'], 'Which version?'], [['policy', 'activate', '9'], 'The hub says:'], [['policy', 'publish'], 'Which file of JSON?'],
      [['policy', 'publish', '/nowhere.json'], 'can\'t be read'], [['policy', 'back-test'], 'Which version, or which file'],
    ])('%j is answered with a sentence', async (args, sentence) => {
      const { code, problems, lines } = await mandate(...args);
      expect([code, lines, problems.join()]).toEqual([1, [], expect.stringContaining(sentence)]);
    });

    it('refuses a file that is no policy, in words', async () => {
      expect((await mandate('policy', 'publish', file('broken.json', '{'))).problems[0]).toContain('is no JSON');
      expect((await mandate('policy', 'publish', file('odd.json', { rules: [{ id: 'x', effect: 'perhaps' }] }))).problems[0]).toContain('The hub says:');
    });
  });

  describe('connections', () => {
    const draft = { title: 'Weather', held_by: 'tenant', api_key: { placement: 'header', name: 'x-key' }, origins: ['https://api.weather.example'], routes: [{ methods: ['GET'], path: '/**' }] };

    it('defines one from a file and lists it; what is held is shown without what it is', async () => {
      expect((await mandate('connections', 'list')).text).toContain('There are no connections yet');
      const defined = await mandate('connections', 'define', 'weather', file('weather.json', draft));
      expect([defined.code, defined.lines[0]]).toEqual([0, expect.stringMatching(/^weather \(con_\S+\): "Weather", active, held by the tenant$/)]);
      expect((await mandate('connections', 'list')).lines[1]).toMatch(/^weather +active +api_key +tenant +https:\/\/api\.weather\.example +Weather$/);
      const connectionId = /con_[\w-]+/.exec(defined.lines[0]!)![0];
      await hub.do(new StoreKey(connectionId, { kind: 'tenant', id: hub.context.tenant }, { key: 'weather-key-canary' }, hub.context));
      const { text, lines } = await mandate('connections', 'show', 'weather');
      expect(lines).toContain('route    GET /**');
      expect([text.includes('canary'), lines.at(-1)]).toEqual([false, expect.stringMatching(/^crd_\S+ +tenant tnt_default +live +- +never +/)]);
      expect((await mandate('connections', 'show', connectionId, '--json')).json()).toMatchObject({ name: 'weather', credentials: [{ status: 'live' }] });
    });

    it('takes a client secret from a file of its own, and never shows it', async () => {
      const oauth = { client_id: 'hub', token_endpoint: 'https://auth.weather.example/token', authorization_endpoint: 'https://auth.weather.example/authorize' };
      const definition = file('oauth.json', { title: 'Sign-in', oauth, scopes: [{ name: 'read', description: 'Read' }], origins: ['https://api.weather.example'] });
      const { code, text, problems } = await mandate('connections', 'define', 'signed', definition, '--secret-file', file('secret', 'client-secret-canary\n'));
      expect([problems, code, text.includes('canary'), text.includes('client secret  there')]).toEqual([[], 0, false, true]);
      expect((await mandate('connections', 'connect-url', 'signed', '--agent', agentId, '--scope', 'read')).text).toBe(`${hub.issuer}/connections/signed/connect?agent=${agentId}&scope=read`);
    });

    it('suspends, resumes and removes with a reason', async () => {
      expect((await mandate('connections', 'suspend', 'weather')).problems[0]).toContain('Say why with --reason');
      expect((await mandate('connections', 'suspend', 'weather', '--reason', 'they are down')).text).toBe('Nothing is lent over weather until it is resumed.');
      expect((await mandate('connections', 'resume', 'weather')).text).toBe('weather may be used again.');
      expect((await mandate('connections', 'remove', 'signed', '--reason', 'not used')).text).toContain('signed is removed.');
      expect((await mandate('connections', 'show', 'nobody')).problems[0]).toContain('There is no connection called "nobody"');
    });
  });

  describe('vault', () => {
    it('has another key, watched by a bar, and tells when the former one is gone', async () => {
      expect((await mandate('vault', 'status')).lines).toEqual([expect.stringMatching(/^[12] secrets, under keys of local, which can be used$/), 'The key was never changed.']);
      screen.length = 0;
      const rotating = mandate('vault', 'rotate');
      while ((await hub.events('VaultRotationStarted')).length === 0) await new Promise((resolve) => setImmediate(resolve));
      await hub.do(new ContinueVaultRotation(hub.context));
      const { code, lines } = await rotating;
      expect([code, lines[0]]).toEqual([0, expect.stringMatching(/^The rotation rot_\S+ is done but for a second look.*: (\d) of \1 looked at, \1 wrapped anew$/)]);
      expect(lines.at(-1)).toContain('The former key is kept until then.');
      expect(screen.some((text) => /Wrapping anew \[#{24}\] 100 % \d of \d/.test(text))).toBe(true);
      hub.inside.clock.advance(SETTLING);
      await hub.do(new ContinueVaultRotation(hub.context));
      expect((await mandate('vault', 'status')).text).toMatch(/is done since \S+: .*\nlocal:rot_\S+ wraps since .*\nlocal:\S+ is destroyed$/);
      expect((await mandate('vault', 'status', '--json')).json()).toMatchObject({ provider: 'local', usable: true, rotation: { status: 'finished', left: 0 } });
    });
  });

  it('sets an identity provider from a file and its secret from another, shows it, and asks it what it says of itself now', async () => {
    const idp = await WorkforceIdp.start({ clients: [] });
    expect((await mandate('idp', 'show')).text).toMatch(/local accounts/);
    const settings = {
      name: 'acme', title: 'Acme', issuer: idp.issuer, client_id: 'hub', requires: [{ claim: 'groups', values: ['staff', 'board'] }], email_domains: ['acme.example'],
      role_mapping: [{ claim: 'groups', value: 'Finance', role: 'clerk' }], claim_mapping: [{ claim: 'department', as: 'department' }], acr_mapping: [{ claim: 'acr', value: 'phr', acr: 'urn:mandate:acr:3' }],
    };
    expect((await mandate('idp', 'set', file('idp.json', settings))).text).toContain('NO SECRET YET');
    const set = await mandate('idp', 'set', file('idp.json', settings), '--secret-file', file('idp.secret', 'a client secret\n'));
    expect([set.code, set.text]).toEqual([0, expect.stringContaining(`${hub.issuer}/sign-in/with/acme/callback`)]);
    const { lines } = await mandate('idp', 'show');
    for (const line of [/acme: "Acme"/, /secret there/, /only +groups: staff, board/, /only +verified addresses at acme\.example/, /role +clerk: who has Finance in groups/, /claim +department: from department/, /acr +urn:mandate:acr:3: who has phr in acr/])
      expect(lines.filter((one) => line.test(one))).toHaveLength(1);
    expect((await mandate('idp', 'show', '--json')).json()).toMatchObject({ items: [{ name: 'acme', has_secret: true }] });
    expect((await mandate('idp', 'test', 'acme')).lines).toEqual(['It answers, and signs with 1 key.']);
    idp.metadata = { jwks_uri: `${idp.issuer}/elsewhere` };
    expect((await mandate('idp', 'test', 'acme')).text).toContain(`accepted ${idp.issuer}/jwks, now ${idp.issuer}/elsewhere`);
    expect((await mandate('idp', 'test', 'other')).problems[0]).toContain('There is no identity provider called "other"');
    for (const args of [['set'], ['test']]) expect((await mandate('idp', ...args)).problems[0]).toContain('Usage');
    expect((await mandate('idp', 'set', join(directory, 'none.json'))).problems[0]).toContain('can\'t be read');
    expect(JSON.stringify([await hub.events(), set.text])).not.toContain('a client secret');
    await idp.close();
  });
});
