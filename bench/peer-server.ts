import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { answerParent } from './child.js';
import { CLIENTS, RESOURCE, type ServerReady, type ServerUse, basicAuthorization, cpuSeconds } from './measured-client.js';

// The peer: panva's oidc-provider with its in-memory store, set to issue what Mandate issues (an ES256 access token of
// RFC 9068 for one resource). It records nothing: its access tokens are signed and forgotten.

const clients = Array.from({ length: CLIENTS }, (_, n) => ({
  client_id: `client-${n}`, client_secret: randomBytes(32).toString('base64url'), grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
  token_endpoint_auth_method: 'client_secret_basic', scope: RESOURCE.scopes.join(' '),
}));
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

// It warns on every start that its store is in memory, which is the point of it here.
console.warn = () => undefined;
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, {
    clients, clientDefaults: { id_token_signed_response_alg: 'ES256' }, scopes: RESOURCE.scopes, jwks: { keys: [{ ...key, use: 'sig', alg: 'ES256' }] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: RESOURCE.scopes.join(' '), audience: RESOURCE.uri, accessTokenFormat: 'jwt', accessTokenTTL: RESOURCE.tokenLifetime, jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  server.on('request', provider.callback());
  const authorizations = clients.map(({ client_id, client_secret }) => basicAuthorization(client_id, client_secret));
  answerParent({ port, issuer, jwksPath: '/jwks', authorizations } satisfies ServerReady, (): ServerUse => ({ cpuSeconds: cpuSeconds() }));
});
