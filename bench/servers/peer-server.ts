import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type PeerContext, type PeerGrant, Provider } from 'oidc-provider';
import { Browser } from '../../test/support/browser.js';
import { answerParent } from '../child.js';
import { MapAdapter } from './map-adapter.js';
import { CALLBACK, CALLERS, type Caller, RESOURCE, type ServerReady, type ServerUse, basicAuthorization, cpuSeconds } from './server-ready.js';

// The peer: panva's oidc-provider with a store in memory, set to issue what Mandate issues (an ES256 access token of
// RFC 9068 for one resource). It records nothing: such access tokens are signed and forgotten. Those for a second resource
// are opaque and kept, for a JWT could be neither looked up nor revoked there.

const OPAQUE_RESOURCE = 'https://opaque.bench.example/mcp';
const SCOPE = RESOURCE.scopes.join(' ');
const clients = Array.from({ length: CALLERS }, (_, n) => ({
  client_id: `client-${n}`, client_secret: randomBytes(32).toString('base64url'), grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
  redirect_uris: [CALLBACK], response_types: ['code'], token_endpoint_auth_method: 'client_secret_basic', scope: SCOPE,
}));
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

/** As after an earlier consent: what a person and a client have agreed on covers the request. */
const grantOf = async ({ oidc: { client, session, provider } }: PeerContext): Promise<PeerGrant | undefined> => {
  const known = session.grantIdFor(client.clientId);
  if (known !== undefined) return provider.Grant.find(known);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPE);
  grant.addResourceScope(RESOURCE.uri, SCOPE);
  await grant.save();
  return grant;
};

const configuration = {
  clients, clientDefaults: { id_token_signed_response_alg: 'ES256' }, scopes: RESOURCE.scopes, jwks: { keys: [{ ...key, use: 'sig', alg: 'ES256' }] },
  adapter: MapAdapter, loadExistingGrant: grantOf, rotateRefreshToken: true, issueRefreshToken: () => true,
  findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
  interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  cookies: { keys: [randomBytes(32).toString('base64url')] },
  ttl: { AccessToken: RESOURCE.tokenLifetime, AuthorizationCode: 60, ClientCredentials: RESOURCE.tokenLifetime, Grant: 86_400, Interaction: 600, RefreshToken: 86_400, Session: 86_400 },
  features: {
    devInteractions: { enabled: false }, clientCredentials: { enabled: true }, introspection: { enabled: true }, revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_: unknown, uri: string) => ({
        scope: SCOPE, audience: uri, accessTokenTTL: RESOURCE.tokenLifetime,
        ...(uri === OPAQUE_RESOURCE ? { accessTokenFormat: 'opaque' } : { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
      }),
      useGrantedResource: () => true,
    },
  },
};

const makeCaller = async (issuer: string, { client_id, client_secret }: (typeof clients)[number]): Promise<Caller> => {
  const browser = new Browser(issuer);
  const query = new URLSearchParams({
    response_type: 'code', client_id, redirect_uri: CALLBACK, scope: SCOPE, resource: RESOURCE.uri, code_challenge: 'c'.repeat(43), code_challenge_method: 'S256',
  });
  const { location, html } = await browser.open(`/auth?${query.toString()}`);
  if (location === undefined) throw new Error(`the peer signed nobody in: ${html.slice(0, 500)}`);
  const cookie = ['_session', '_session.sig'].map((name) => `${name}=${browser.cookie(name)}`).join('; ');
  return { clientId: client_id, authorization: basicAuthorization(client_id, client_secret), cookie };
};

// It warns on every start about what is the point of it here.
console.warn = () => undefined;
const server = createServer();
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as AddressInfo;
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, configuration);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    // Whoever is asked to sign in is signed in: each browser is a person of its own.
    if (request.url?.startsWith('/interaction/')) void provider.interactionFinished(request, response, { login: { accountId: randomBytes(8).toString('hex') } });
    else answer(request, response);
  });
  const callers = await Promise.all(clients.map((client) => makeCaller(issuer, client)));
  const ready: ServerReady = {
    port, issuer, callers, lookUp: { resource: OPAQUE_RESOURCE, authorization: callers[0]!.authorization },
    paths: { token: '/token', authorize: '/auth', introspect: '/token/introspection', revoke: '/token/revocation', jwks: '/jwks' },
  };
  answerParent(ready, (): ServerUse => ({ cpuSeconds: cpuSeconds() }));
});
