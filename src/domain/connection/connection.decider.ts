import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { type ConnectionEvent, type ConnectionSettings, connectionEvents as on } from './connection.events.js';
import { originOf } from './service-urls.js';
import { checkSettings } from './setting-checks.js';

export interface ConnectionSecret {
  readonly secretId: string;
  readonly kind: 'client_secret' | 'private_key';
  readonly fingerprint: string;
  readonly jwk?: string;
}
export type Connection =
  | { readonly status: 'unknown' }
  | (ConnectionSettings & {
      readonly status: 'active' | 'suspended' | 'removed';
      readonly connectionId: string;
      readonly name: string;
      readonly template?: string;
      /** A credential of an older one may not be sent to where the connection leads now. */
      readonly epoch: number;
      readonly secret?: ConnectionSecret;
      /** Removed, and gone from the vault too. */
      readonly shredded?: boolean;
    });
export type KnownConnection = Exclude<Connection, { status: 'unknown' }>;

export type ConnectionCommand =
  | { readonly type: 'DefineConnection'; readonly connectionId: string; readonly name: string; readonly template?: string; readonly settings: ConnectionSettings; readonly local: boolean }
  /** `keepsSecret`: no new secret comes with it. */
  | { readonly type: 'ChangeConnection'; readonly settings: ConnectionSettings; readonly local: boolean; readonly keepsSecret: boolean }
  | ({ readonly type: 'SetSecret' } & ConnectionSecret)
  | { readonly type: 'SuspendConnection'; readonly reason: string }
  | { readonly type: 'ResumeConnection' }
  | { readonly type: 'RemoveConnection'; readonly reason: string }
  | { readonly type: 'ShredConnection' };

const NAME = /^[a-z][a-z0-9-]{1,39}$/;

/** Who the client secret is shown to, and who gets what users hand over. */
const secretGoesTo = ({ oauth }: ConnectionSettings): string => (oauth ? JSON.stringify([originOf(oauth.tokenEndpoint), oauth.revocationEndpoint && originOf(oauth.revocationEndpoint)]) : '');
const credentialGoesTo = ({ oauth, apiKey, origins }: ConnectionSettings): string =>
  JSON.stringify([[...origins].sort(), oauth && [oauth.tokenEndpoint, oauth.clientId, oauth.resource], apiKey && [apiKey.placement, apiKey.name]]);
/** True when somebody is among those who get it now that was not before. */
const leadsElsewhere = (before: ConnectionSettings, after: ConnectionSettings): boolean =>
  credentialGoesTo({ ...before, origins: [] }) !== credentialGoesTo({ ...after, origins: [] }) || after.origins.some((origin) => !before.origins.includes(origin));

const change = (state: KnownConnection, { settings, local, keepsSecret }: Extract<ConnectionCommand, { type: 'ChangeConnection' }>): readonly ConnectionEvent[] => {
  checkSettings(settings, local);
  if (settings.heldBy !== state.heldBy || (settings.oauth === undefined) !== (state.oauth === undefined))
    throw new Refusal('connection.invalid', 'Whose the credentials are, and of what kind, stays as it is. Define another connection.');
  // Whoever may change where a connection leads must not thereby learn what others put into it (VA-09).
  if (state.secret && keepsSecret && secretGoesTo(settings) !== secretGoesTo(state))
    throw new Refusal('connection.secret_missing', 'The secret would go to another host. Give the secret of that host with the change.');
  return [on.ConnectionChanged({ connectionId: state.connectionId, epoch: state.epoch + (leadsElsewhere(state, settings) ? 1 : 0), ...settings })];
};

/** A service that agents are lent access to. Its name is never given to another one: grants go by it. */
export const connection: Decider<Connection, ConnectionCommand, ConnectionEvent> = {
  initial: { status: 'unknown' },

  evolve(state, { type, data }) {
    if (type === 'ConnectionDefined') return { status: 'active', epoch: 0, ...data };
    if (state.status === 'unknown') return state;
    switch (type) {
      case 'ConnectionChanged': {
        const { name, template, status } = state;
        // What was given for one host is not shown to another, not even until the new secret is there. A private key is shown to nobody.
        const secret = secretGoesTo(state) === secretGoesTo(data) || state.secret?.kind === 'private_key' ? state.secret : undefined;
        return { name, status, ...(template === undefined ? {} : { template }), ...(secret ? { secret } : {}), ...data };
      }
      case 'ConnectionSecretSet': {
        const { connectionId: _, ...secret } = data;
        return { ...state, secret };
      }
      case 'ConnectionSuspended':
        return { ...state, status: 'suspended' };
      case 'ConnectionResumed':
        return { ...state, status: 'active' };
      case 'ConnectionRemoved':
        return { ...state, status: 'removed' };
      case 'ConnectionShredded': {
        const { secret: _, ...rest } = state;
        return { ...rest, shredded: true };
      }
    }
  },

  decide(command, state) {
    if (command.type === 'DefineConnection') {
      const { connectionId, name, template, settings, local } = command;
      if (state.status === 'removed') throw new Refusal('connection.exists', 'There was a connection of this name, and what was granted for it may still stand. Choose another name.');
      if (state.status !== 'unknown') throw new Refusal('connection.exists', 'There is a connection of this name.');
      if (!NAME.test(name)) throw new Refusal('connection.invalid', 'A name has 2 to 40 lower-case letters, digits and dashes and begins with a letter.');
      checkSettings(settings, local);
      return [on.ConnectionDefined({ connectionId, name, ...(template === undefined ? {} : { template }), ...settings })];
    }
    if (state.status === 'unknown') throw new Refusal('connection.unknown', 'There is no such connection.');
    if (command.type === 'ShredConnection') return state.status !== 'removed' || state.shredded ? [] : [on.ConnectionShredded({ connectionId: state.connectionId })];
    if (state.status === 'removed') throw new Refusal('connection.removed', 'The connection is removed.');
    const { connectionId } = state;
    switch (command.type) {
      case 'ChangeConnection':
        return change(state, command);
      case 'SetSecret': {
        const { type: _, ...secret } = command;
        return [on.ConnectionSecretSet({ connectionId, ...secret })];
      }
      case 'SuspendConnection':
        return state.status === 'suspended' ? [] : [on.ConnectionSuspended({ connectionId, reason: command.reason })];
      case 'ResumeConnection':
        return state.status === 'active' ? [] : [on.ConnectionResumed({ connectionId })];
      case 'RemoveConnection':
        return [on.ConnectionRemoved({ connectionId, reason: command.reason })];
    }
  },
};
