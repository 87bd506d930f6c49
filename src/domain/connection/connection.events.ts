import type { DataOf } from '../kernel/fields.js';
import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

const parameter = { name: f.word(), value: f.text('none', 500) };
const scope = { name: f.word(), description: f.text('none', 300) };

/** How access is obtained from the service's authorization server. Its secret stands in the vault. */
const oauth = {
  grant: f.oneOf('authorization_code', 'client_credentials'),
  /** RFC 8414 issuer, where the server has one: answers that name another are refused. */
  issuer: f.optional(f.uri()),
  /** The server promised `iss` in every answer (RFC 9207), so an answer without one is refused. */
  answersWithIssuer: f.flag(),
  authorizationEndpoint: f.optional(f.uri()), tokenEndpoint: f.uri(),
  revocationEndpoint: f.optional(f.uri()), jwksUri: f.optional(f.uri()),
  clientId: f.id(),
  clientAuthentication: f.oneOf('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'),
  registration: f.oneOf('manual', 'dynamic'),
  authorizeParameters: f.list(f.record(parameter)),
  scopeSeparator: f.oneOf('space', 'comma'),
  /** Asked for each time and lent to nobody: what makes the service give a refresh token, for one. */
  extraScopes: f.optional(f.list(f.word())),
  /** RFC 8707: sent with every request, so that the token is for this service alone. */
  resource: f.optional(f.uri()),
  /** Seconds that a token is taken to live when the service does not say. */
  assumedLifetime: f.optional(f.count()),
};
const apiKey = { placement: f.oneOf('header', 'query', 'basic'), name: f.optional(f.word()), prefix: f.optional(f.text('none', 40)) };
/** What may be called with the credential; a path may end with `/**`, and `*` stands for one segment. */
const route = { methods: f.list(f.word()), path: f.text('none', 300), scopes: f.optional(f.list(f.word())) };

const settings = {
  title: f.text('none', 200),
  /** Whose the credentials are: one for each user, or one for everybody in the tenant. */
  heldBy: f.oneOf('user', 'tenant'),
  oauth: f.optional(f.record(oauth)), apiKey: f.optional(f.record(apiKey)),
  scopes: f.list(f.record(scope)), defaultScopes: f.list(f.word()),
  /** Origins that the credential may be sent to; to no other, whatever an agent asks for. */
  origins: f.list(f.uri()), routes: f.list(f.record(route)),
  /** Whether an agent may be given the credential itself. */
  lends: f.flag(),
};
export type ConnectionScope = DataOf<typeof scope>;
export type OAuthSettings = DataOf<typeof oauth>;
export type ApiKeySettings = DataOf<typeof apiKey>;
export type Route = DataOf<typeof route>;
export type ConnectionSettings = DataOf<typeof settings>;

export const connectionEvents = {
  ConnectionDefined: eventType('ConnectionDefined', 'Agents can be lent access to a service that is not ours.', {
    connectionId: f.id(), name: f.word(), template: f.optional(f.word()), ...settings,
  }),
  ConnectionChanged: eventType('ConnectionChanged', 'The service is reached or used otherwise from here on.', {
    connectionId: f.id(),
    /** Counts up when the credentials that are held were given to somebody else than who would get them now. */
    epoch: f.count(), ...settings,
  }),
  ConnectionSecretSet: eventType('ConnectionSecretSet', 'The hub proves itself to the service with another secret; the secret is in the vault.', {
    connectionId: f.id(), secretId: f.id(), kind: f.oneOf('client_secret', 'private_key'), fingerprint: f.digest(),
    /** Public half of a private key, JSON text. */
    jwk: f.optional(f.document()),
  }),
  ConnectionSuspended: eventType('ConnectionSuspended', 'Nothing is lent over the connection until it is resumed.', { connectionId: f.id(), reason: f.text('none', 500) }),
  ConnectionResumed: eventType('ConnectionResumed', 'The connection may be used again.', { connectionId: f.id() }),
  ConnectionRemoved: eventType('ConnectionRemoved', 'The connection is gone for good, and its credentials with it.', { connectionId: f.id(), reason: f.text('none', 500) }),
  ConnectionShredded: eventType('ConnectionShredded', 'Nothing of a removed connection is in the vault any more.', { connectionId: f.id() }),
} as const;
export type ConnectionEvent = EventsOf<typeof connectionEvents>;
