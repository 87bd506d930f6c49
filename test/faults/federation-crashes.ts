import { FederationRig, SECRET } from '../federation/federation-rig.js';
import type { Browser, Page } from '../support/browser.js';
import { authorizeUrl, pkce, signIn } from '../support/code-flow.js';
import { follow } from '../support/follow.js';
import { ANA, NOTES } from '../support/hub.js';
import { basic } from '../support/hub-over-http.js';
import { PlatformIssuer } from '../support/platform-issuer.js';
import { JWT_BEARER } from '../support/workload-rig.js';
import type { WorkforceIdp } from '../support/workforce-idp.js';
import { type CrashRow, always, said } from './crash-row.js';
import { type CrashWorld, NOW } from './crash-world.js';

const started: WorkforceIdp[] = [];
export const closeProviders = (): Promise<unknown> => Promise.all(started.map((idp) => idp.close()));

/** Each with an issuer of its own, as a tenant has none twice. */
const aProvider = async (world: CrashWorld) => {
  const name = world.unique();
  const idp = await FederationRig.idp(world.hub, name);
  started.push(idp);
  return { idp, body: { name, title: name, issuer: idp.issuer, client_id: 'hub', client_secret: SECRET } };
};

type Shared = Awaited<ReturnType<typeof aProvider>> & { readonly path: string };
const shared = new Map<string, Promise<Shared>>();
/** A tenant has few: rows that change nothing of a provider, or only this, have one together. */
const provider = (world: CrashWorld, what: 'sign-in' | 'secret'): Promise<Shared> => {
  const made = shared.get(what) ?? aProvider(world).then(async (one) => {
    const { body } = await world.admin('POST', '/api/identity-providers', one.body);
    return { ...one, path: `/api/identity-providers/${String(body['provider_id'])}` };
  });
  shared.set(what, made);
  return made;
};

/** Somebody new at the sign-in page, which offers a provider that knows them. */
const atSignIn = async (world: CrashWorld): Promise<{ readonly browser: Browser; readonly press: () => Promise<Page>; readonly back: () => Promise<string> }> => {
  const { idp, body: { name } } = await provider(world, 'sign-in');
  const account = world.unique();
  idp.people.set(account, { email: `${account}@acme.example`, email_verified: true, name: account });
  const browser = world.hub.browser();
  const url = authorizeUrl(await world.publicClient(), pkce().challenge);
  const press = async (): Promise<Page> => {
    const page = await browser.open(url);
    // Whoever is signed in by now is asked for their consent at once.
    return page.html.includes(`/sign-in/with/${name}`) ? browser.submit(page, `/sign-in/with/${name}`, {}) : page;
  };
  const back = async (): Promise<string> => {
    const { location } = await press();
    idp.account = account;
    return location === undefined ? url : follow(location);
  };
  return { browser, press, back };
};

const place = ({ status, html, location }: Page): string => {
  if (location !== undefined) return 'away';
  return html.includes('name="decision"') ? 'consent' : String(status);
};

export const federationCrashes: Readonly<Record<string, CrashRow>> = {
  RedeemIdJag: {
    // The person's name, their account, the assertion that is spent, the grant with what it rests on, the token.
    appends: 5, sees: (durable) => (typeof durable === 'number' && durable < 3 ? '200' : '400 invalid_grant'),
    prepare: async (world) => {
      const { idp } = await provider(world, 'sign-in');
      const issuer = await PlatformIssuer.make(idp.issuer, () => NOW / 1000);
      await world.admin('POST', '/api/trust-rules', { name: 'Acme', purpose: 'users', issuer: idp.issuer, jwks: issuer.jwks });
      const { clientId, clientSecret } = await world.service([JWT_BEARER]);
      const name = world.unique();
      const claims = { aud: world.hub.issuer, sub: name, jti: name, client_id: clientId, resource: NOTES.uri, scope: 'notes:read' };
      const assertion = await issuer.token(claims, { header: { typ: 'oauth-id-jag+jwt' } });
      return async () => {
        const answer = await world.hub.post('/token', { grant_type: JWT_BEARER, assertion }, basic(clientId, clientSecret));
        world.tell(answer);
        return said(answer);
      };
    },
  },
  SetProvider: {
    appends: 2, queue: 'idp', sees: always('200'),
    prepare: async (world) => {
      const { body } = await aProvider(world);
      return async () => said(await world.admin('POST', '/api/identity-providers', body));
    },
  },
  SetProviderSecret: {
    appends: 1, queue: 'idp', sees: always('200'),
    prepare: async (world) => {
      const { path } = await provider(world, 'secret');
      return async () => said(await world.admin('POST', `${path}/secret`, { client_secret: 'another secret' }));
    },
  },
  ChangeProviders: {
    // The rule that lets agents act for its people ends first, then the provider.
    appends: 2, queue: 'idp', sees: (durable) => (durable === 2 || durable === 'answered' ? '404 idp.unknown' : '200'),
    prepare: async (world) => {
      const { idp, body } = await aProvider(world);
      const { provider_id: id } = (await world.admin('POST', '/api/identity-providers', body)).body;
      await world.admin('POST', '/api/trust-rules', { name: idp.issuer, purpose: 'users', issuer: idp.issuer });
      return async () => said(await world.admin('POST', `/api/identity-providers/${String(id)}/remove`, { reason: 'a test' }));
    },
  },
  BeginUpstreamSignIn: {
    appends: 0, sees: always('away'),
    prepare: async (world) => {
      const { press } = await atSignIn(world);
      return async () => place(await press());
    },
  },
  FinishUpstreamSignIn: {
    // What the provider said is spent with the first try; whoever begins anew goes on with the account that was begun.
    appends: 4, sees: always('consent'),
    prepare: async (world) => {
      const { browser, back } = await atSignIn(world);
      const url = await back();
      return { act: async () => place(await browser.open(url)), again: async () => place(await browser.open(await back())) };
    },
  },
  UnlinkIdentity: {
    appends: 1, sees: (durable) => (durable === 0 ? '200' : '422'),
    prepare: async (world) => {
      const { idp, body: { name } } = await provider(world, 'sign-in');
      const account = world.unique();
      const browser = world.hub.browser();
      await signIn(browser, await browser.open('/sign-in'), { ...ANA, ...(await world.person()) });
      const { location } = await browser.submit(await browser.open('/my/security'), '/identities/link', { provider: name });
      idp.account = account;
      const linked = await browser.open(await follow(location!));
      return async () => place(await browser.submit(linked, '/identities/unlink', {}));
    },
  },
  EndUpstreamSessions: {
    // The provider tells it once more when it was not answered; a token that was answered is spent.
    appends: 1, sees: (durable) => (durable === 'answered' ? '400 invalid_request' : '200'),
    prepare: async (world) => {
      const { idp, body: { name } } = await provider(world, 'sign-in');
      const { browser, back } = await atSignIn(world);
      await browser.open(await back());
      const now = world.seconds;
      const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
      const token = idp.signed({ iss: idp.issuer, aud: 'hub', iat: now, exp: now + 120, jti: world.unique(), sub: idp.account, events });
      return async () => said(await world.hub.post(`/sign-in/with/${name}/logout`, { logout_token: token }));
    },
  },
};
