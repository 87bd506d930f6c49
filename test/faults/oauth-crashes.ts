import { authorizeUrl, obtainCode, obtainTokens, pkce, redeem, refresh, signIn } from '../support/code-flow.js';
import type { Page } from '../support/browser.js';
import { ACCESS_TOKEN, EXCHANGE } from '../support/exchange.js';
import { ANA, NOTES } from '../support/hub.js';
import { basic } from '../support/hub-over-http.js';
import { PlatformIssuer, serviceAccountClaims } from '../support/platform-issuer.js';
import { JWT_BEARER } from '../support/workload-rig.js';
import { type Attempt, type CrashRow, always, said } from './crash-row.js';
import { type CrashWorld, NOW, authorizationOf, leafOf } from './crash-world.js';

/** Where a page left the person: at the client with a code or an error, or in front of a form. */
const place = ({ location, html }: Page): string => {
  if (location !== undefined) return new URL(location).searchParams.get('error') ?? 'code';
  return html.includes('name="password"') ? 'sign-in' : 'consent';
};

const atConsent = async (world: CrashWorld, browser = world.browser) => {
  const url = authorizeUrl(await world.publicClient(), pkce().challenge);
  return { browser, url, page: await browser.open(url) };
};

const decide = async (world: CrashWorld, decision: string): Promise<Attempt> => {
  const { browser, page } = await atConsent(world);
  return async () => {
    const answer = await browser.submit(page, '/consent', { decision });
    const code = answer.location && new URL(answer.location).searchParams.get('code');
    if (code) world.told.codes.push(authorizationOf(code));
    return place(answer);
  };
};

export const oauthCrashes: Readonly<Record<string, CrashRow>> = {
  AuthorizeAgent: { appends: 2, prepare: (world) => decide(world, 'allow'), sees: always('code') },
  DenyConsent: { appends: 1, prepare: (world) => decide(world, 'deny'), sees: always('access_denied') },
  SignIn: {
    appends: 1, sees: always('consent'),
    prepare: async (world) => {
      const { browser, page } = await atConsent(world, world.hub.browser());
      const person = { ...ANA, ...(await world.person()) };
      return async () => place(await signIn(browser, page, person));
    },
  },
  SignOut: {
    // The session ends before that is recorded: whoever pressed the button is signed out, whatever happens then.
    appends: 1, sees: always('sign-in'),
    prepare: async (world) => {
      const browser = world.hub.browser();
      const { url, page } = await atConsent(world, browser);
      const signedIn = await signIn(browser, page, { ...ANA, ...(await world.person()) });
      return { act: async () => place(await browser.submit(signedIn, '/sign-out', {})), again: async () => place(await browser.open(url)) };
    },
  },
  RedeemCode: {
    appends: 2, sees: (durable) => (durable === 0 ? '200' : '400 invalid_grant'),
    prepare: async (world) => {
      const clientId = await world.publicClient();
      const obtained = await obtainCode(world.hub, clientId, { browser: world.browser });
      return async () => {
        const answer = await redeem(world.hub, clientId, obtained);
        world.tell(answer);
        return said(answer);
      };
    },
  },
  RotateRefreshToken: {
    // The successor is computed and not remembered: whoever lost it gets the same one again.
    appends: 2, sees: always('200 generation 1'),
    prepare: async (world) => {
      const clientId = await world.publicClient();
      const { refreshToken } = await obtainTokens(world.hub, clientId, world.browser);
      return async () => {
        const answer = await refresh(world.hub, clientId, refreshToken);
        world.tell(answer);
        return `${said(answer)} generation ${leafOf(answer.body['refresh_token'])?.generation}`;
      };
    },
  },
  IssueClientToken: {
    appends: 1, sees: always('200'),
    prepare: async (world) => {
      const service = await world.service();
      return async () => {
        const answer = await world.hub.clientCredentials(service, { resource: NOTES.uri });
        world.tell(answer);
        return said(answer);
      };
    },
  },
  RedeemAssertion: {
    // The agent, its grant, the token that is spent, the one that is issued: until it is spent the workload can come again.
    appends: 4, sees: (durable) => (typeof durable === 'number' && durable < 3 ? '200' : '400 invalid_grant'),
    prepare: async (world) => {
      const cluster = await PlatformIssuer.make('https://cluster.example', () => NOW / 1000);
      const account = world.unique();
      await world.admin('POST', '/api/trust-rules', {
        name: account, preset: 'kubernetes', variables: { issuer: cluster.issuer, namespace: 'shop', service_account: account }, jwks: cluster.jwks,
        template: { name: 'Pod', owner: { kind: 'team', id: 'team_test' }, tags: ['pod'], grants: [{ resource_id: world.resourceId, scopes: ['notes:read'] }] },
      });
      const assertion = await cluster.token({ aud: world.hub.issuer, jti: account, ...serviceAccountClaims('shop', account) });
      return async () => {
        const answer = await world.hub.post('/token', { grant_type: JWT_BEARER, assertion, resource: NOTES.uri });
        world.tell(answer);
        return said(answer);
      };
    },
  },
  ExchangeToken: {
    appends: 2, sees: always('200'),
    prepare: async (world) => {
      const service = await world.service([EXCHANGE]);
      const { body } = await world.hub.clientCredentials(service, { resource: NOTES.uri });
      const fields = { grant_type: EXCHANGE, subject_token: String(body['access_token']), subject_token_type: ACCESS_TOKEN, scope: 'notes:read' };
      return async () => {
        const answer = await world.hub.post('/token', fields, basic(service.clientId, service.clientSecret));
        world.tell(answer);
        return said(answer);
      };
    },
  },
  ExchangeForCredential: {
    appends: 1, sees: always('200'),
    prepare: async (world) => {
      const service = await world.service([EXCHANGE]);
      const name = world.unique();
      const { body: made } = await world.admin('POST', '/api/connections', { name, title: 'A service', held_by: 'tenant', lends: true, api_key: { placement: 'header', name: 'X-Key' }, origins: ['https://service.example'] });
      const connection = { connection_id: made['connection_id'] };
      await world.admin('POST', `/api/connections/${String(made['connection_id'])}/credentials`, { given: { key: 'a-key-of-the-service' } });
      await world.admin('POST', '/api/grants', { agent_id: service.clientId, ...connection, scopes: ['use'] });
      const { body } = await world.hub.clientCredentials(service, { resource: NOTES.uri });
      const fields = { grant_type: EXCHANGE, subject_token: String(body['access_token']), subject_token_type: ACCESS_TOKEN, requested_token_type: `urn:mandate:connection:${name}` };
      return async () => said(await world.hub.post('/token', fields, basic(service.clientId, service.clientSecret)));
    },
  },
  RevokeToken: {
    appends: 1, sees: always('200, then 400 invalid_grant'),
    prepare: async (world) => {
      const clientId = await world.publicClient();
      const { refreshToken } = await obtainTokens(world.hub, clientId, world.browser);
      const act = async () => said(await world.hub.post('/revoke', { client_id: clientId, token: refreshToken }));
      return { act, again: async () => `${await act()}, then ${said(await refresh(world.hub, clientId, refreshToken))}` };
    },
  },
  RegisterDynamicClient: {
    appends: 1, sees: always('201'),
    prepare: async (world) => {
      const client = { client_name: world.unique(), redirect_uris: ['https://app.example/callback'], token_endpoint_auth_method: 'none' };
      const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(client) };
      return async () => said(await world.hub.json('/register', post));
    },
  },
  RevealIdentity: {
    appends: 1, sees: always('200'),
    prepare: async (world) => {
      const clientId = await world.publicClient();
      const obtained = await obtainCode(world.hub, clientId, { browser: world.browser, change: { scope: 'openid email', resource: undefined } });
      const { body } = await redeem(world.hub, clientId, obtained);
      return async () => said(await world.hub.json('/userinfo', { headers: { authorization: `Bearer ${String(body['access_token'])}` } }));
    },
  },
  NoteRefusal: {
    appends: 1, sees: always('401 invalid_client'),
    prepare: async (world) => {
      const { clientId } = await world.service();
      return async () => said(await world.hub.post('/token', { grant_type: 'client_credentials' }, basic(clientId, 'wrong')));
    },
  },
};
