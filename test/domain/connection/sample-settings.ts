import type { ConnectionSettings } from '../../../src/domain/connection/connection.events.js';

/** A service by authorization code that passes every check; give what should differ. */
export const oauthSettings = (change: Partial<ConnectionSettings> = {}, oauth: Partial<NonNullable<ConnectionSettings['oauth']>> = {}): ConnectionSettings => ({
  title: 'Notes', heldBy: 'user',
  oauth: {
    grant: 'authorization_code', answersWithIssuer: false, authorizationEndpoint: 'https://login.notes.example/authorize', tokenEndpoint: 'https://login.notes.example/token',
    clientId: 'hub', clientAuthentication: 'client_secret_basic', registration: 'manual', authorizeParameters: [], scopeSeparator: 'space', ...oauth,
  },
  scopes: [{ name: 'read', description: 'Read' }, { name: 'write', description: 'Write' }], defaultScopes: ['read'],
  origins: ['https://api.notes.example'], routes: [{ methods: ['GET'], path: '/**' }], lends: true, ...change,
});

/** A service with a key in a header. */
export const keySettings = (change: Partial<ConnectionSettings> = {}): ConnectionSettings => ({
  title: 'Weather', heldBy: 'tenant', apiKey: { placement: 'header', name: 'X-Api-Key' }, scopes: [{ name: 'use', description: 'Use it' }], defaultScopes: ['use'],
  origins: ['https://api.weather.example'], routes: [{ methods: ['GET'], path: '/v1/**' }], lends: false, ...change,
});
