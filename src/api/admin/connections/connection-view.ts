import { z } from 'zod';
import { brokerUri } from '../../../commands/resources/hub-resources.js';
import { callbackOf } from '../../../commands/connections/callback.js';
import type { KnownConnection } from '../../../domain/connection/connection.decider.js';
import type { OAuthSettings } from '../../../domain/connection/connection.events.js';
import type { ConnectionTemplate } from '../../../domain/connection/templates.js';
import type { ListedConnection } from '../../../projections/connections/connections.queries.js';
import { scopeName } from '../common.schemas.js';
import { apiKeyShape, connectionRoutes, connectionScopes, oauthMembers, origins } from './connection.schemas.js';

export const CONNECTION_STATUS = ['active', 'suspended', 'removed'] as const;

const known = z.strictObject(oauthMembers).partial().required({ grant: true, token_endpoint: true, client_authentication: true, answers_with_issuer: true, authorize_parameters: true, scope_separator: true });
const oauth = known.extend({ client_id: z.string(), registration: z.enum(['manual', 'dynamic']).describe('Whether the hub registered itself at the service (RFC 7591)') });

/** A connection. Whether it has a secret is told; the secret is not. */
export const connectionSchema = z.strictObject({
  connection_id: z.string(), name: z.string(), title: z.string(), template: z.string().optional(), status: z.enum(CONNECTION_STATUS), held_by: z.enum(['user', 'tenant']),
  oauth: oauth.optional(), api_key: apiKeyShape.optional(), scopes: connectionScopes, default_scopes: z.array(scopeName), origins, routes: connectionRoutes, lends: z.boolean(),
  has_secret: z.boolean(), secret_fingerprint: z.string().optional(), public_jwk: z.record(z.string(), z.unknown()).optional().describe('Of the key that the hub proves itself with: to be registered at the service'),
  redirect_uri: z.string().optional().describe('To be registered at the service'), connect_url: z.string().describe('Where it is connected, in a browser'), forward_url: z.string().describe('Calls to the service begin with it'),
});
export type ConnectionView = z.infer<typeof connectionSchema>;

export const listedConnectionSchema = connectionSchema.pick({ connection_id: true, name: true, title: true, template: true, status: true, held_by: true, scopes: true, origins: true })
  .extend({ kind: z.enum(['authorization_code', 'client_credentials', 'api_key', 'basic']), defined_at: z.string() });

export const templateSchema = z.strictObject({
  name: z.string(), title: z.string(), console: z.string().describe('Where a client is registered'), notes: z.array(z.string()), variables: z.record(z.string(), z.string()),
  scopes: connectionScopes, origins: z.array(z.string()),
});

const oauthView = ({ grant, issuer, answersWithIssuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint, jwksUri, clientId, clientAuthentication, registration, authorizeParameters, scopeSeparator, extraScopes, resource, assumedLifetime }: OAuthSettings) => ({
  grant, issuer, answers_with_issuer: answersWithIssuer, authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint, revocation_endpoint: revocationEndpoint, jwks_uri: jwksUri,
  client_id: clientId, client_authentication: clientAuthentication, registration, authorize_parameters: authorizeParameters.map(({ name, value }) => ({ name, value })),
  scope_separator: scopeSeparator, extra_scopes: extraScopes && [...extraScopes], resource, assumed_lifetime: assumedLifetime,
});

export const connectionView = (of: KnownConnection, issuer: string): ConnectionView => ({
  connection_id: of.connectionId, name: of.name, title: of.title, template: of.template, status: of.status, held_by: of.heldBy,
  oauth: of.oauth && oauthView(of.oauth), api_key: of.apiKey, scopes: of.scopes.map(({ name, description }) => ({ name, description })), default_scopes: [...of.defaultScopes], origins: [...of.origins],
  routes: of.routes.map(({ methods, path, scopes }) => ({ methods: [...methods], path, ...(scopes ? { scopes: [...scopes] } : {}) })), lends: of.lends,
  has_secret: of.secret !== undefined, secret_fingerprint: of.secret?.fingerprint, public_jwk: of.secret?.jwk === undefined ? undefined : (JSON.parse(of.secret.jwk) as Record<string, unknown>),
  redirect_uri: of.oauth?.grant === 'authorization_code' ? callbackOf(issuer, of.name).redirectUri : undefined,
  connect_url: `${brokerUri(issuer)}/${of.name}/connect`, forward_url: `${brokerUri(issuer)}/${of.name}/forward/`,
});

export const listedConnectionView = ({ connectionId, heldBy, definedAt, epoch: _, scopes, origins: at, ...rest }: ListedConnection) => ({
  connection_id: connectionId, held_by: heldBy, defined_at: definedAt, ...rest, scopes: scopes.map(({ name, description }) => ({ name, description })), origins: [...at],
});

export const templateView = ({ name, title, console: at, notes, variables, settings }: ConnectionTemplate): z.infer<typeof templateSchema> => ({
  name, title, console: at, notes: [...notes], variables: Object.fromEntries(Object.entries(variables).map(([variable, { says }]) => [variable, says])),
  scopes: settings.scopes.map((scope) => ({ ...scope })), origins: [...settings.origins],
});
