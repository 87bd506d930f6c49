import type { Decider } from '../kernel/decider.js';
import type { DataOf } from '../kernel/fields.js';
import { Refusal } from '../kernel/refusal.js';
import { isReservedScope } from '../token/identity-scopes.js';
import { type ResourceEvent, type ResourceScope, type ToolScopes, resourceEvents as on } from './resource.events.js';

export type ResourceRegistration = DataOf<typeof on.ResourceRegistered.fields>;
export type Resource =
  | { readonly status: 'unknown' }
  | (ResourceRegistration & { readonly status: 'active' | 'withdrawn'; readonly secretDigest?: string; readonly operator?: string });
export type KnownResource = Exclude<Resource, { status: 'unknown' }>;

export type ResourceCommand =
  | { readonly type: 'RegisterResource'; readonly registration: ResourceRegistration }
  | { readonly type: 'ChangeScopes'; readonly scopes: readonly ResourceScope[]; readonly defaultScopes: readonly string[] }
  | { readonly type: 'MapTools'; readonly tools: readonly ToolScopes[] }
  | { readonly type: 'NameOperator'; readonly agentId: string | undefined }
  | { readonly type: 'RotateSecret'; readonly secretDigest: string }
  | { readonly type: 'WithdrawResource'; readonly reason: string };

/** RFC 6749 section 3.3: printable ASCII without space, quote and backslash. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;

const checkScopes = (scopes: readonly ResourceScope[], defaults: readonly string[]): void => {
  const names = new Set(scopes.map(({ name }) => name));
  if (names.size !== scopes.length) throw new Refusal('resource.invalid', 'A scope is listed twice.');
  for (const name of names)
    if (!SCOPE.test(name) || isReservedScope(name)) throw new Refusal('resource.invalid', `"${name}" can't be a scope of a resource.`);
  for (const name of defaults)
    if (!names.has(name)) throw new Refusal('resource.scope_unknown', `The default scope "${name}" is not among the scopes.`);
};
const checkTools = (scopes: readonly ResourceScope[], tools: readonly ToolScopes[]): void => {
  const names = new Set(scopes.map(({ name }) => name));
  for (const tool of tools)
    for (const scope of tool.scopes)
      if (!names.has(scope)) throw new Refusal('resource.scope_unknown', `The tool "${tool.name}" needs "${scope}", which is not a scope here.`);
};
/** RFC 8707 section 2: an absolute URI without a fragment. */
const checkUri = (uri: string): void => {
  const parsed = URL.canParse(uri) ? new URL(uri) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || uri.includes('#') || parsed.username || parsed.password)
    throw new Refusal('resource.invalid', 'A resource is named by an absolute http(s) URI without fragment or user.');
};

export const resource: Decider<Resource, ResourceCommand, ResourceEvent> = {
  initial: { status: 'unknown' },

  evolve(state, { type, data }) {
    if (type === 'ResourceRegistered') return { status: 'active', ...data };
    if (state.status === 'unknown') return state;
    switch (type) {
      case 'ResourceScopesChanged':
        return { ...state, scopes: data.scopes, defaultScopes: data.defaultScopes };
      case 'ResourceToolsMapped':
        return { ...state, tools: data.tools };
      case 'ResourceSecretRotated':
        return { ...state, secretDigest: data.secretDigest };
      case 'ResourceOperatorNamed': {
        const { operator: _, ...rest } = state;
        return data.agentId === undefined ? rest : { ...rest, operator: data.agentId };
      }
      case 'ResourceWithdrawn':
        return { ...state, status: 'withdrawn' };
    }
  },

  decide(command, state) {
    if (command.type === 'RegisterResource') {
      const { registration } = command;
      if (state.status !== 'unknown') throw new Refusal('resource.exists', 'This resource is registered already.');
      checkUri(registration.uri);
      checkScopes(registration.scopes, registration.defaultScopes);
      checkTools(registration.scopes, registration.tools);
      return [on.ResourceRegistered(registration)];
    }
    if (state.status === 'unknown') throw new Refusal('resource.unknown', 'There is no such resource.');
    if (state.status === 'withdrawn') throw new Refusal('resource.withdrawn', 'The resource is withdrawn.');
    const { resourceId } = state;
    switch (command.type) {
      case 'ChangeScopes':
        checkScopes(command.scopes, command.defaultScopes);
        checkTools(command.scopes, state.tools);
        return [on.ResourceScopesChanged({ resourceId, scopes: command.scopes, defaultScopes: command.defaultScopes })];
      case 'MapTools':
        checkTools(state.scopes, command.tools);
        return [on.ResourceToolsMapped({ resourceId, tools: command.tools })];
      case 'NameOperator': {
        const { agentId } = command;
        return agentId === state.operator ? [] : [on.ResourceOperatorNamed({ resourceId, ...(agentId === undefined ? {} : { agentId }) })];
      }
      case 'RotateSecret':
        return [on.ResourceSecretRotated({ resourceId, secretDigest: command.secretDigest })];
      case 'WithdrawResource':
        return [on.ResourceWithdrawn({ resourceId, reason: command.reason })];
    }
  },
};
