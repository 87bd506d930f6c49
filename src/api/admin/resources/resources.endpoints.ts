import { z } from 'zod';
import { displayText, scopeName, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { resourceSchema, resourceScopes, resourceTools } from './resource-view.js';

const one = 'api/resources/:resource_id' as const;
const defaultScopes = z.array(scopeName).max(100);

const registration = z.strictObject({
  uri: z.string().max(2048).describe('Canonical URI (RFC 8707): the audience of its tokens'), kind: z.enum(['api', 'mcp']), name: displayText(200),
  scopes: resourceScopes.min(1), default_scopes: defaultScopes.default([]), tools: resourceTools.default([]),
  // A signing key is published for two days after its last token; a day leaves room.
  token_lifetime: z.int().min(30).max(86_400).default(600).describe('Seconds'), signing_algorithm: z.enum(['ES256', 'RS256']).default('ES256'),
});

export const resourceEndpoints = {
  read: endpoint({ name: 'readResource', verb: 'get', path: one, scope: 'directory:read', says: 'One protected API or MCP server.', answer: resourceSchema }),
  register: endpoint({
    name: 'registerResource', verb: 'post', path: 'api/resources', scope: 'directory:write', status: 201, body: registration,
    says: 'Registers an API or MCP server to protect.', answer: resourceSchema,
  }),
  changeScopes: endpoint({
    name: 'changeResourceScopes', verb: 'post', path: `${one}/scopes`, scope: 'directory:write',
    body: z.strictObject({ scopes: resourceScopes.min(1), default_scopes: defaultScopes }),
    says: 'Replaces the scopes that the resource knows.', answer: resourceSchema,
  }),
  mapTools: endpoint({
    name: 'mapResourceTools', verb: 'post', path: `${one}/tools`, scope: 'directory:write', body: z.strictObject({ tools: resourceTools }),
    says: 'Says which tool of an MCP server needs which scopes.', answer: resourceSchema,
  }),
  nameOperator: endpoint({
    name: 'nameResourceOperator', verb: 'post', path: `${one}/operator`, scope: 'directory:write',
    body: z.strictObject({ agent_id: z.string().max(128).optional().describe('Nobody when it is left out') }),
    says: 'Says which agent is the software behind the resource: it may exchange the tokens that it receives there (RFC 8693), within what it was granted elsewhere.',
    answer: resourceSchema,
  }),
  rotateSecret: endpoint({
    name: 'rotateResourceSecret', verb: 'post', path: `${one}/secret`, scope: 'directory:write',
    says: 'Gives the resource server a new secret for introspection; the old one stops working.',
    answer: z.strictObject({ client_id: z.string(), client_secret: z.string().describe('Shown now and never again') }),
  }),
  withdraw: endpoint({
    name: 'withdrawResource', verb: 'post', path: `${one}/withdraw`, scope: 'directory:write', body: withReason,
    says: 'From here on no token is issued for the resource, and those out there stop counting.', answer: resourceSchema,
  }),
};
