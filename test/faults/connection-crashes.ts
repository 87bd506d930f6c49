import { Downstream } from '../support/downstream.js';
import { authorizeUrl, obtainCode, pkce, redeem, signIn } from '../support/code-flow.js';
import type { Browser, Page } from '../support/browser.js';
import { follow } from '../support/follow.js';
import { ADMIN } from '../support/hub.js';
import type { JsonAnswer } from '../support/hub-over-http.js';
import { type CrashRow, always, said, work } from './crash-row.js';
import type { CrashWorld } from './crash-world.js';

const SECRET = 'client-secret-of-the-hub';
const settings = ({ downstream }: CrashWorld) => ({
  title: 'Service', oauth: { client_id: 'hub', issuer: downstream }, client_secret: SECRET, scopes: [{ name: 'read', description: 'Read your things' }], origins: [downstream],
});

/** A service that is not ours, and the hub's connection to it. */
export const connectService = async (world: CrashWorld): Promise<Downstream> => {
  const client = { client_id: 'hub', client_secret: SECRET, redirect_uris: [`${world.hub.issuer}/connections/service/callback`], grant_types: ['authorization_code', 'refresh_token'], scope: 'read' };
  const service = await Downstream.start({ clients: [client] });
  world.downstream = service.issuer;
  await world.admin('POST', '/api/connections', { name: 'service', ...settings(world) });
  return service;
};

/** A connection by a key that the tenant holds, and the path of its credentials. */
const keyed = async (world: CrashWorld): Promise<{ readonly id: string; readonly storeKey: () => Promise<JsonAnswer> }> => {
  const shape = { held_by: 'tenant', api_key: { placement: 'header', name: 'x-key' }, origins: ['https://api.example.com'] };
  const { body } = await world.admin('POST', '/api/connections', { name: world.unique(), ...shape });
  const id = body['connection_id'] as string;
  return { id, storeKey: () => world.admin('POST', `/api/connections/${id}/credentials`, { given: { key: 'a-key-of-a-service' } }) };
};

/** Somebody who has connected nothing yet and is asked whether an agent may use the service. */
const aPerson = async (world: CrashWorld): Promise<{ readonly browser: Browser; readonly ask: () => Promise<Page> }> => {
  const browser = world.hub.browser();
  await signIn(browser, await browser.open('/sign-in'), await world.person());
  const agent = await world.publicClient();
  return { browser, ask: () => browser.open(`/connections/service/connect?agent=${agent}&scope=read`) };
};

const place = ({ status, html, location }: Page): string => (location === undefined ? (html.includes('is connected</h1>') ? 'connected' : String(status)) : 'away');
const allow = (browser: Browser, page: Page): Promise<Page> => browser.submit(page, '/connect', { decision: 'allow' });

/** An administrator who has signed in just now and lets an agent open what is held. */
const openingAdministrator = async (world: CrashWorld): Promise<Readonly<Record<string, string>>> => {
  const browser = world.hub.browser();
  const clientId = await world.publicClient();
  await signIn(browser, await browser.open(authorizeUrl(clientId, pkce().challenge)), ADMIN);
  const change = { resource: `${world.hub.issuer}/api`, scope: 'vault:break-glass' };
  const { body } = await redeem(world.hub, clientId, await obtainCode(world.hub, clientId, { browser, change }));
  return { authorization: `Bearer ${String(body['access_token'])}`, 'content-type': 'application/json' };
};

export const connectionCrashes: Readonly<Record<string, CrashRow>> = {
  DefineConnection: {
    // Its secret comes last: without one nobody is sent to the service, until an administrator sets it.
    appends: 2, sees: (durable) => (durable === 0 ? '201, then away' : `409 connection.exists, then ${durable === 1 ? '422' : 'away'}`),
    prepare: async (world) => {
      const name = world.unique();
      const define = async () => said(await world.admin('POST', '/api/connections', { name, ...settings(world) }));
      const again = async (): Promise<string> => {
        const defined = await define();
        return `${defined}, then ${place(await allow(world.browser, await world.browser.open(`/connections/${name}/connect`)))}`;
      };
      return { act: define, again };
    },
  },
  ChangeConnection: {
    appends: 1, sees: always('200'),
    prepare: async (world) => {
      const { id } = await keyed(world);
      return async () => said(await world.admin('POST', `/api/connections/${id}/suspend`, { reason: 'a test' }, { stream: `connection-${id}`, type: 'ConnectionSuspended' }));
    },
  },
  StoreKey: {
    appends: 1, sees: always('201'),
    prepare: async (world) => {
      const { storeKey } = await keyed(world);
      return async () => said(await storeKey());
    },
  },
  UseBreakGlass: {
    appends: 1, sees: always('200'),
    prepare: async (world) => {
      const { body } = await (await keyed(world)).storeKey();
      const headers = await openingAdministrator(world);
      const init = { method: 'POST', headers, body: JSON.stringify({ reason: 'a test' }) };
      return async () => said(await world.hub.json(`/api/credentials/${String(body['credential_id'])}/break-glass`, init));
    },
  },
  BeginConnect: {
    // What it begins stands in the vault: whoever was sent away comes back to a hub that knows of it, though another process.
    appends: 0, sees: always('connected'),
    prepare: async (world) => {
      const { browser, ask } = await aPerson(world);
      const asked = await ask();
      let away: Page;
      return { act: async () => place((away = await allow(browser, asked))), again: async () => place(await browser.open(await follow(away.location!))) };
    },
  },
  RefreshAhead: {
    // Whoever dies while the service answers has lost what it gave, if it takes the old refresh token no more: then the person is asked (F-06).
    appends: 2, sees: (durable, when) => {
      if (durable !== 1) return 'CredentialStored, CredentialRefreshStarted, CredentialRefreshed';
      const rest = when === 'after' ? 'CredentialRefreshed' : 'CredentialRefreshFailed, CredentialReauthNeeded';
      return `CredentialStored, CredentialRefreshStarted, CredentialRefreshStarted, ${rest}`;
    },
    prepare: async (world) => {
      const { browser, ask } = await aPerson(world);
      await browser.open(await follow((await allow(browser, await ask())).location!));
      const { stream, data } = (await world.hub.ask({ kind: 'newest', type: 'CredentialStored' }))!;
      const { connectionId, credentialId: id } = data as { readonly connectionId: string; readonly credentialId: string };
      // Its token lives for 600 seconds. Who comes after a node that died comes after its claim, which holds for 30.
      const look = (later: number) => work(world, { name: 'refresh-ahead', connectionId, id, later }, stream, 'CredentialStored');
      return { act: look(400), again: look(440) };
    },
  },
  FinishConnect: {
    // An answer of the service is taken once: the person begins again, and that is all there is to it.
    appends: 2, sees: always('400, then connected'),
    prepare: async (world) => {
      const { browser, ask } = await aPerson(world);
      const callback = await follow((await allow(browser, await ask())).location!);
      const finish = async () => place(await browser.open(callback));
      const again = async (): Promise<string> => {
        const first = await finish();
        const page = await allow(browser, await ask());
        return `${first}, then ${place(page.location === undefined ? page : await browser.open(await follow(page.location)))}`;
      };
      return { act: finish, again };
    },
  },
};
