import { z } from 'zod';
import { displayText, scopeName } from '../common.schemas.js';

/** Pieces of a connection as they come in and go out; what they may hold is checked by the domain, for whoever defines one. */
const url = z.string().min(1).max(2048);
const word = z.string().min(1).max(200);

export const connectionScopes = z.array(z.strictObject({ name: scopeName, description: displayText(300) })).max(100);
export const connectionRoutes = z.array(z.strictObject({
  methods: z.array(z.string().max(10)).max(10), path: z.string().max(300).describe('"*" is one segment, "/**" at the end everything below'),
  scopes: z.array(scopeName).max(20).optional().describe('What the agent has to be granted for it'),
})).max(200);
export const origins = z.array(url).max(20).describe('Where the credential may be sent to');
export const apiKeyShape = z.strictObject({
  placement: z.enum(['header', 'query', 'basic']), name: word.optional().describe('Of the header or the parameter'),
  prefix: z.string().max(40).optional().describe('Before the key in a header, with its space: "Bearer "'),
});

/** Every member may be left out of what comes in where something else says it; all that is known goes out. */
export const oauthMembers = {
  grant: z.enum(['authorization_code', 'client_credentials']), issuer: url.describe('RFC 8414; endpoints that are not given are asked of it, once'), answers_with_issuer: z.boolean().describe('RFC 9207'),
  authorization_endpoint: url, token_endpoint: url, revocation_endpoint: url.describe('RFC 7009'), jwks_uri: url,
  client_authentication: z.enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt']),
  authorize_parameters: z.array(z.strictObject({ name: word, value: z.string().max(500) })).max(20),
  scope_separator: z.enum(['space', 'comma']), extra_scopes: z.array(scopeName).max(20).describe('Asked for each time and given to no agent'),
  resource: url.describe('RFC 8707'), assumed_lifetime: z.int().min(30).max(31_536_000).describe('Seconds, for a service that does not say how long its tokens live'),
};
const oauthDraft = z.strictObject({ client_id: z.string().min(1).max(500), ...z.strictObject(oauthMembers).partial().shape });

/** What an administrator says of a service. */
export const connectionDraft = z.strictObject({
  title: displayText(200).optional(), template: z.string().max(40).optional(), variables: z.record(z.string().max(40), z.string().max(200)).optional().describe('What the template asks for'),
  held_by: z.enum(['user', 'tenant']).optional().describe('Whose the credentials are; each user\'s own when it is left out'),
  oauth: oauthDraft.optional(), mcp_server: url.optional().describe('An MCP server that says itself who gives tokens for it; the hub registers itself there'), api_key: apiKeyShape.optional(),
  scopes: connectionScopes.optional(), default_scopes: z.array(scopeName).max(100).optional(), origins: origins.optional(), routes: connectionRoutes.optional(),
  lends: z.boolean().optional().describe('Whether agents may be given the credential itself; by default a token of OAuth yes, a key no'),
  client_secret: z.string().min(1).max(4096).optional().describe('Goes into the vault and is not shown again'),
});

export const apiKey = z.strictObject({ key: z.string().max(4096) });
export const basicPair = z.strictObject({ username: z.string().max(1024), password: z.string().max(1024) });
