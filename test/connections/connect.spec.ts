import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeConnection } from '../../src/commands/connections/change-connection.js';
import { signIn } from '../support/code-flow.js';
import { follow } from '../support/follow.js';
import { ADMIN } from '../support/hub.js';
import type { Browser, Page } from '../support/browser.js';
import { ConnectionsRig, SECRET } from './connections-rig.js';

const BEN = { email: 'ben@example.com', name: 'Ben', password: 'another long password' };
const codeOf = ({ data }: { data: unknown }): string => (data as { reason: string }).reason;

describe('connecting a service', () => {
  let rig: ConnectionsRig;
  let ana: Browser;
  beforeAll(async () => {
    rig = await ConnectionsRig.start();
    await rig.hub.user(BEN);
  });
  afterAll(() => rig.close());
  beforeEach(async () => {
    ana = await rig.ana();
  });

  /** Ana begins; gives where the service sends her browser back to. */
  const begin = async (browser = ana, path = '/connections/service/connect'): Promise<string> => {
    const away = await browser.submit(await browser.open(path), '/connect', { decision: 'allow' });
    return follow(away.location!);
  };
  const stored = () => rig.hub.events('CredentialStored', 'CredentialRotated');
  const refusals = () => rig.hub.events('CredentialConnectRefused');

  it('asks who it is for, sends the person to the service, and holds what comes back: fingerprints in the ledger, secrets in the vault', async () => {
    const page = await rig.connect(ana);
    expect(page.status).toBe(200);
    expect(page.html).toContain('is connected');
    expect(page.url).toMatch(/\/connections\/service\/connected$/);
    const [event] = await stored();
    expect(event!.data).toMatchObject({ connectionId: rig.connectionId, kind: 'oauth', via: 'connect', scopes: ['read'], version: 1, fingerprint: expect.stringMatching(/^[\w-]{43}$/), refreshFingerprint: expect.stringMatching(/^[\w-]{43}$/) });
    expect(event!.data).toMatchObject({ expiresAt: rig.hub.inside.clock.seconds() + 600 });
  });

  it('asks the service with PKCE, a state of its own and one redirect URI for this connection', async () => {
    const away = await ana.submit(await ana.open('/connections/service/connect'), '/connect', { decision: 'allow' });
    const query = new URL(away.location!).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({ response_type: 'code', client_id: 'hub', redirect_uri: `${rig.hub.issuer}/connections/service/callback`, code_challenge_method: 'S256', scope: 'read' });
    const again = await ana.submit(await ana.open('/connections/service/connect'), '/connect', { decision: 'allow' });
    expect(new URL(again.location!).searchParams.get('state')).not.toBe(query.get('state'));
  });

  it('takes an answer once', async () => {
    const back = await begin();
    expect((await ana.open(back)).html).toContain('is connected');
    const before = (await stored()).length;
    expect(await ana.open(back)).toMatchObject({ status: 400 });
    expect((await stored()).length).toBe(before);
  });

  it('leaves nothing in the vault of an answer that another one has overtaken at the service', async () => {
    const [slow, fast] = [await begin(), await begin()];
    let go!: () => void;
    const overtaken = new Promise<void>((done) => (go = done));
    rig.service.beforeToken = async () => {
      rig.service.beforeToken = undefined;
      await overtaken;
      return false;
    };
    const first = ana.open(slow);
    while (rig.service.beforeToken) await new Promise(setImmediate);
    expect((await ana.open(fast)).html).toContain('is connected');
    go();
    expect((await first).html).toContain('is connected');
    const { credentialId, secretId } = (await stored()).at(-1)!.data as { readonly credentialId: string; readonly secretId: string };
    const held = (await rig.hub.inside.vault.secrets.names(rig.hub.context.tenant, 'credential')).filter((name) => name.startsWith(`${credentialId}.`));
    expect(held.toSorted()).toEqual([`${credentialId}.${secretId}.access`, `${credentialId}.${secretId}.refresh`]);
  });

  it.each<readonly [string, () => Promise<Browser>]>([
    ['in a browser where nobody is signed in', async () => rig.hub.browser()],
    ['by somebody else', async () => rig.ana(BEN)],
    ['in another session of the same person', async () => rig.ana()],
  ])('connects nothing when the answer is brought %s (VA-04)', async (_, other) => {
    const back = await begin();
    const [before, refused] = [(await stored()).length, (await refusals()).length];
    const page = await (await other()).open(back);
    expect([page.status, page.html.includes('This was not begun by you')]).toEqual([400, true]);
    expect((await stored()).length).toBe(before);
    expect((await refusals()).slice(refused).map(codeOf)).toEqual(['connect.session_mismatch']);
    // And it is spent: the one who began it can't end it any more either.
    expect((await ana.open(back)).status).toBe(400);
  });

  it('connects nothing when an answer arrives at the redirect URI of another connection (VA-05)', async () => {
    await rig.define('other');
    const [before, refused] = [(await stored()).length, (await refusals()).length];
    const page = await ana.open((await begin()).replace('/connections/service/', '/connections/other/'));
    expect([page.status, page.html.includes('for another service')]).toEqual([400, true]);
    expect([(await stored()).length, (await refusals()).slice(refused).map(codeOf)]).toEqual([before, ['connect.connection_mismatch']]);
  });

  it.each<readonly [string, (answer: URL) => void]>([
    ['another state', (answer) => answer.searchParams.set('state', 'x'.repeat(43))], ['no state', (answer) => answer.searchParams.delete('state')],
    ['the issuer of another server', (answer) => answer.searchParams.set('iss', 'https://evil.example')], ['a code of its own', (answer) => answer.searchParams.set('code', 'stolen')],
  ])('connects nothing when the answer has %s', async (_, change) => {
    const back = new URL(await begin());
    change(back);
    const before = (await stored()).length;
    expect((await ana.open(back.href)).status).toBe(400);
    expect((await stored()).length).toBe(before);
  });

  it('connects nothing when the person says no at the service, and says so', async () => {
    rig.service.consents = false;
    const page = await rig.hub.browser().open('/').then(() => ana.open('/connections/service/connect')).then((asked) => ana.submit(asked, '/connect', { decision: 'allow' })).then(({ location }) => follow(location!)).then((back) => ana.open(back));
    rig.service.consents = true;
    expect([page.status, page.html.includes('access was not given')]).toEqual([400, true]);
  });

  it('connects nothing that was begun before the connection led elsewhere (VA-09)', async () => {
    const name = 'moving';
    const connectionId = await rig.define(name, { oauth: { issuer: rig.service.issuer, clientId: 'hub' } });
    const away = await ana.submit(await ana.open(`/connections/${name}/connect`), '/connect', { decision: 'allow' });
    const state = new URL(away.location!).searchParams.get('state')!;
    await rig.hub.do(new ChangeConnection(connectionId, { type: 'Redefine', issuer: rig.hub.issuer, draft: rig.draft({ origins: ['https://evil.example'] }) }, rig.hub.context));
    const page = await ana.open(`/connections/${name}/callback?code=x&state=${state}&iss=${encodeURIComponent(rig.service.issuer)}`);
    expect([page.status, page.html.includes('for another service')]).toEqual([400, true]);
  });

  it('begins nothing without a sign-in, goes on after it, and drops what else the address said', async () => {
    const browser = rig.hub.browser();
    const page = await browser.open('/connections/service/connect?scope=write&next=https%3A%2F%2Fevil.example');
    expect(page.html).toContain('name="password"');
    const asked = await signIn(browser, page);
    expect(asked.url).toBe(`${rig.hub.issuer}/connections/service/connect?scope=write`);
    expect(asked.html).toContain('Change your things');
  });

  it('does what the page showed, whatever is written into its form', async () => {
    const asked = await ana.open('/connections/service/connect?scope=read');
    const away = await ana.submit(asked, '/connect', { decision: 'allow', scope: 'write', agent: 'agt_x', transaction: field(asked, 'transaction') });
    expect(new URL(away.location!).searchParams.get('scope')).toBe('read');
    const forged = await ana.submit(asked, '/connect', { decision: 'allow', transaction: `${field(asked, 'transaction')}x` });
    expect(forged.status).toBe(400);
    expect((await ana.submit({ ...asked, html: asked.html.replace('/connections/service/connect', '/connections/other/connect') }, '/connect', { decision: 'allow' })).status).toBe(400);
  });

  it('changes nothing when the person says no', async () => {
    const page = await ana.submit(await ana.open('/connections/service/connect'), '/connect', { decision: 'deny' });
    expect([page.status, page.html.includes('Nothing was connected')]).toEqual([200, true]);
  });

  it('lets the agent that asked use it, as far as the page said, and records the words that were agreed to', async () => {
    const { agentId } = await rig.agent(ana);
    const page = await rig.connect(ana, `/connections/service/connect?agent=${agentId}&scope=read`);
    expect(page.html).toContain('Assistant');
    const grants = (await rig.hub.events('GrantGiven')).filter(({ data }) => (data as { resourceId: string }).resourceId === rig.connectionId);
    expect(grants.at(-1)!.data).toMatchObject({ agentId, scopes: ['read'], via: 'consent', consentDigest: expect.stringMatching(/^[\w-]{43}$/) });
  });

  it('asks the service for nothing when only the agent is new', async () => {
    const { agentId } = await rig.agent(ana, 'Second');
    const asked = await ana.open(`/connections/service/connect?agent=${agentId}&scope=read`);
    expect(asked.html).toContain('>Allow</button>');
    const page = await ana.submit(asked, '/connect', { decision: 'allow' });
    expect([page.status, page.location]).toEqual([200, undefined]);
    expect(page.html).toContain('Second');
  });

  it('shows no page for an agent or a service that is not there, nor for an agent that the policy keeps away', async () => {
    expect((await ana.open('/connections/nowhere/connect')).status).toBe(404);
    expect((await ana.open('/connections/service/connect?agent=agt_nobody')).status).toBe(404);
    expect((await ana.open('/connections/nowhere/callback?state=x&code=y')).status).toBe(404);
  });

  it('lets an administrator alone connect what everybody shares', async () => {
    const connectionId = await rig.define('shared', { heldBy: 'tenant', oauth: { issuer: rig.service.issuer, clientId: 'hub' } });
    expect((await ana.open('/connections/shared/connect')).status).toBe(403);
    const admin = await rig.ana(ADMIN as never);
    const away = await admin.submit(await admin.open('/connections/shared/connect'), '/connect', { decision: 'allow' });
    expect(new URL(away.location!).searchParams.get('redirect_uri')).toBe(`${rig.hub.issuer}/connections/shared/callback`);
    expect(connectionId).toMatch(/^con_/);
  });

  it('takes a key from the person who has it, once, and shows it to nobody', async () => {
    await rig.define('weather', { routes: undefined, oauth: undefined, clientSecret: undefined, apiKey: { placement: 'header', name: 'X-Api-Key' }, scopes: undefined, defaultScopes: undefined });
    const asked = await ana.open('/connections/weather/connect');
    const bad = await ana.submit(asked, '/connect', { decision: 'allow', key: 'a b' });
    expect([bad.status, bad.html.includes('no spaces')]).toEqual([422, true]);
    expect((await ana.submit(asked, '/connect', { decision: 'allow', key: '{{secret.weather}}' })).status).toBe(422);
    const done = await ana.submit(asked, '/connect', { decision: 'allow', key: 'canary-key-0123456789' });
    expect([done.status, done.html.includes('is connected')]).toEqual([200, true]);
    expect(done.html + bad.html).not.toContain('canary-key');
    expect(JSON.stringify(await rig.hub.events())).not.toContain('canary-key');
  });

  it('puts no secret of the service or of the hub into any event', async () => {
    const log = JSON.stringify(await rig.hub.events());
    expect(log).not.toContain(SECRET);
    expect(log).toContain('CredentialStored');
    expect(rig.hub.inside.failures).toEqual([]);
  });
});

const field = ({ html }: Page, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)![1]!;
