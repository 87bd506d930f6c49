import type { DataOf } from '../kernel/fields.js';
import { type EventsOf, eventType } from '../kernel/event-type.js';
import * as f from '../kernel/fields.js';

const scope = { name: f.word(), description: f.text('none', 300) };
const tool = { name: f.word(), scopes: f.list(f.word()) };
export type ResourceScope = DataOf<typeof scope>;
export type ToolScopes = DataOf<typeof tool>;

export const resourceEvents = {
  ResourceRegistered: eventType('ResourceRegistered', 'An API or MCP server is protected; its URI is the audience of its tokens.', {
    resourceId: f.id(), uri: f.uri(), kind: f.oneOf('api', 'mcp'), name: f.text('none', 200),
    scopes: f.list(f.record(scope)), defaultScopes: f.list(f.word()), tools: f.list(f.record(tool)),
    tokenLifetime: f.count(), signingAlgorithm: f.oneOf('ES256', 'RS256'),
  }),
  ResourceScopesChanged: eventType('ResourceScopesChanged', 'The scopes that the resource knows changed.', {
    resourceId: f.id(), scopes: f.list(f.record(scope)), defaultScopes: f.list(f.word()),
  }),
  ResourceToolsMapped: eventType('ResourceToolsMapped', 'Which tool needs which scopes changed.', { resourceId: f.id(), tools: f.list(f.record(tool)) }),
  ResourceSecretRotated: eventType('ResourceSecretRotated', 'The resource server got a new secret for introspection.', { resourceId: f.id(), secretDigest: f.digest() }),
  ResourceOperatorNamed: eventType('ResourceOperatorNamed', 'The agent that is the software behind the resource: it may exchange the tokens that it receives there. Without an agentId there is none any more.', {
    resourceId: f.id(), agentId: f.optional(f.id()),
  }),
  ResourceWithdrawn: eventType('ResourceWithdrawn', 'No token is issued for the resource any more.', { resourceId: f.id(), reason: f.text('none', 500) }),
} as const;
export type ResourceEvent = EventsOf<typeof resourceEvents>;
