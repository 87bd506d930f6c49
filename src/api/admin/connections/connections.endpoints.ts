import { z } from 'zod';
import { instant, pageOf, pageQuery, withReason } from '../common.schemas.js';
import { endpoint } from '../endpoint.js';
import { PATH_PARAMETERS } from '../path-parameters.js';
import { CONNECTION_STATUS, connectionSchema, listedConnectionSchema, templateSchema } from './connection-view.js';
import { apiKey, basicPair, connectionDraft } from './connection.schemas.js';
import { credentialSchema } from './credential-view.js';

const one = 'api/connections/:connection_id' as const;
const held = 'api/credentials/:credential_id' as const;

export const connectionEndpoints = {
  templates: endpoint({
    name: 'listConnectionTemplates', verb: 'get', path: 'api/connection-templates', scope: 'directory:read',
    says: 'Services whose endpoints and ways are known: a connection to one needs a client id and secret.', answer: pageOf(templateSchema),
  }),
  list: endpoint({
    name: 'listConnections', verb: 'get', path: 'api/connections', scope: 'directory:read', readModel: true,
    query: pageQuery.extend({ status: z.enum(CONNECTION_STATUS).optional(), held_by: z.enum(['user', 'tenant']).optional(), q: z.string().max(200).optional().describe('Part of the name or the title') }),
    says: 'The services that agents can be lent access to, newest first.', answer: pageOf(listedConnectionSchema),
  }),
  read: endpoint({ name: 'readConnection', verb: 'get', path: one, scope: 'directory:read', says: 'One connection. Its client secret is shown to nobody.', answer: connectionSchema }),
  define: endpoint({
    name: 'defineConnection', verb: 'post', path: 'api/connections', scope: 'connections:write', status: 201,
    body: connectionDraft.extend({ name: z.string().max(40).describe('Stands in addresses; never given to another connection') }),
    says: 'Defines a connection: from a template, an issuer, explicit endpoints, an MCP server, or for a key.', answer: connectionSchema,
  }),
  redefine: endpoint({
    name: 'changeConnection', verb: 'post', path: `${one}/settings`, scope: 'connections:write', body: connectionDraft,
    says: 'Other settings in place of all that there were. When secrets would go to another host, they have to be given again.', answer: connectionSchema,
  }),
  setSecret: endpoint({
    name: 'setConnectionSecret', verb: 'post', path: `${one}/secret`, scope: 'connections:write',
    body: z.strictObject({ client_secret: z.string().min(1).max(4096).optional().describe('Left out where the hub proves itself with a key: then it makes a new one') }),
    says: 'Another client secret, or another key of the hub\'s own.', answer: connectionSchema,
  }),
  suspend: endpoint({ name: 'suspendConnection', verb: 'post', path: `${one}/suspend`, scope: 'connections:write', body: withReason, says: 'Nothing is lent over it until it is resumed.', answer: connectionSchema }),
  resume: endpoint({ name: 'resumeConnection', verb: 'post', path: `${one}/resume`, scope: 'connections:write', says: 'It may be used again.', answer: connectionSchema }),
  remove: endpoint({
    name: 'removeConnection', verb: 'post', path: `${one}/remove`, scope: 'connections:write', body: withReason,
    says: 'Ends it for good. Its credentials are revoked at the service where that is offered, and destroyed.', answer: connectionSchema,
  }),
  credentials: endpoint({
    name: 'listCredentials', verb: 'get', path: `${one}/credentials`, scope: 'directory:read', readModel: true, query: pageQuery,
    says: 'What is held over a connection, for whom and in which state; never what it is.', answer: pageOf(credentialSchema),
  }),
  storeKey: endpoint({
    name: 'storeKey', verb: 'post', path: `${one}/credentials`, scope: 'connections:write', status: 201,
    body: z.strictObject({ user_id: z.string().regex(PATH_PARAMETERS.user_id.pattern).optional().describe('Whose it is; the tenant\'s when it is left out'), given: z.union([apiKey, basicPair]) }),
    says: 'Puts a key of the service into the vault. It is shown to nobody.', answer: z.strictObject({ credential_id: z.string() }),
  }),
  destroy: endpoint({
    name: 'destroyCredential', verb: 'post', path: `${held}/destroy`, scope: 'connections:write', body: withReason,
    says: 'Asks the service to revoke it (RFC 7009) and destroys it.', answer: z.strictObject({ credential_id: z.string(), destroyed: z.literal(true) }),
  }),
  breakGlass: endpoint({
    name: 'breakGlass', verb: 'post', path: `${held}/break-glass`, scope: 'vault:break-glass', body: withReason,
    says: 'Shows what is held to an administrator who signed in within five minutes. It asks no policy, and is recorded loudly before anything is opened.',
    answer: z.strictObject({ credential_id: z.string(), kind: credentialSchema.shape.kind, secret: z.string(), expires_at: instant.optional() }),
  }),
};
