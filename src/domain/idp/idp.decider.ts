import type { Decider } from '../kernel/decider.js';
import type { DataOf } from '../kernel/fields.js';
import { Refusal } from '../kernel/refusal.js';
import { type IdentityProviderEvent, type ProviderSettings, type SignInWays, identityProviderEvents as on } from './idp.events.js';
import { checkProvider } from './provider-checks.js';

export interface IdentityProvider extends ProviderSettings {
  readonly providerId: string;
  /** Another one at each setting, and never the same again: what was begun under other settings is not finished under these. */
  readonly epoch: number;
  /**
   * The epoch in which it came to be, came to be somebody else's (issuer, client), or was shut out: who signed in before is signed out, also when
   * one of its name is set again or it is let in again.
   */
  readonly since: number;
  /** Undefined until it is set; nobody can sign in before. */
  readonly secret: Pick<DataOf<typeof on.IdentityProviderSecretSet.fields>, 'secretId' | 'kind' | 'fingerprint' | 'jwk'> | undefined;
}

export interface IdentityProviders {
  readonly providers: readonly IdentityProvider[];
  readonly ways: SignInWays;
  /** Whose local account works also where only providers are used. */
  readonly emergency: readonly string[];
  /** How often any was set. */
  readonly settings: number;
}

export type IdentityProvidersCommand =
  | { readonly type: 'SetProvider'; readonly providerId: string; readonly settings: ProviderSettings; readonly local: boolean }
  | { readonly type: 'SetProviderSecret'; readonly providerId: string; readonly secretId: string; readonly kind: 'client_secret' | 'private_key'; readonly fingerprint: string; readonly jwk?: string }
  | { readonly type: 'RemoveProvider'; readonly providerId: string; readonly reason: string }
  | { readonly type: 'ChangeSignInWays'; readonly ways: SignInWays; readonly emergency: readonly string[] };

const MOST_PROVIDERS = 10;

/** A secret goes only where it was given for: never to another host, another client, or by another method (VA-09). */
const keepsSecret = (before: IdentityProvider, { clientId, clientAuthentication, endpoints }: ProviderSettings): boolean =>
  before.clientId === clientId && before.clientAuthentication === clientAuthentication && originOf(before.endpoints.token) === originOf(endpoints.token);

const originOf = (url: string): string => /^https?:\/\/[^/?#]*/.exec(url)?.[0] ?? url;

const isReady = ({ secret }: IdentityProvider): boolean => secret !== undefined;

/** Those that people can sign in with now. */
export const offered = ({ providers, ways }: IdentityProviders): readonly IdentityProvider[] => (ways === 'local' ? [] : providers.filter(isReady));

const set = (state: IdentityProviders, data: ProviderSettings & { readonly providerId: string }): IdentityProviders => {
  const before = state.providers.find(({ providerId }) => providerId === data.providerId);
  const epoch = state.settings;
  const since = before?.issuer === data.issuer && before.clientId === data.clientId ? before.since : epoch;
  const now: IdentityProvider = { ...data, epoch, since, secret: before && keepsSecret(before, data) ? before.secret : undefined };
  return { ...state, settings: epoch + 1, providers: before ? state.providers.map((one) => (one === before ? now : one)) : [...state.providers, now] };
};

const shutOut = (isShut: boolean, state: IdentityProviders): IdentityProviders => {
  const epoch = state.settings;
  return isShut ? { ...state, settings: epoch + 1, providers: state.providers.map((one) => ({ ...one, epoch, since: epoch })) } : state;
};

const known = ({ providers }: IdentityProviders, id: string): IdentityProvider => {
  const found = providers.find(({ providerId }) => providerId === id);
  if (!found) throw new Refusal('idp.unknown', 'There is no such identity provider.');
  return found;
};

export const identityProviders: Decider<IdentityProviders, IdentityProvidersCommand, IdentityProviderEvent> = {
  initial: { providers: [], ways: 'both', emergency: [], settings: 0 },

  evolve(state, { type, data }) {
    switch (type) {
      case 'IdentityProviderSet':
        return set(state, data);
      case 'IdentityProviderSecretSet': {
        const { providerId, ...secret } = data;
        return { ...state, providers: state.providers.map((one) => (one.providerId === providerId ? { ...one, secret } : one)) };
      }
      case 'IdentityProviderRemoved':
        return { ...state, providers: state.providers.filter(({ providerId }) => providerId !== data.providerId) };
      case 'SignInWaysChanged':
        return shutOut(data.ways === 'local', { ...state, ways: data.ways, emergency: data.emergency });
    }
  },

  decide(command, state) {
    switch (command.type) {
      case 'SetProvider': {
        const { providerId, settings, local } = command;
        checkProvider(settings, local);
        const others = state.providers.filter((one) => one.providerId !== providerId);
        // An answer says who it is from by its issuer: two with the same could not be told apart.
        if (others.some(({ issuer }) => issuer === settings.issuer)) throw new Refusal('idp.exists', 'There is an identity provider with this issuer already.');
        if (others.length >= MOST_PROVIDERS) throw new Refusal('idp.invalid', `A tenant has at most ${MOST_PROVIDERS} identity providers.`);
        const event = on.IdentityProviderSet({ providerId, ...settings });
        mustNotLockOut(set(state, event.data), 'Set the secret together with these settings: the one that is kept was given for another client, and nobody could sign in.');
        return [event];
      }
      case 'SetProviderSecret': {
        const { type: _, ...secret } = command;
        const wanted = known(state, command.providerId).clientAuthentication === 'private_key_jwt' ? 'private_key' : 'client_secret';
        if (secret.kind !== wanted) throw new Refusal('idp.invalid', wanted === 'private_key' ? 'This provider is met with a private key, which is made here.' : 'This provider is met with a client secret.');
        return [on.IdentityProviderSecretSet(secret)];
      }
      case 'RemoveProvider': {
        const event = on.IdentityProviderRemoved({ providerId: known(state, command.providerId).providerId, reason: command.reason });
        mustNotLockOut({ ...state, providers: state.providers.filter(({ providerId }) => providerId !== command.providerId) }, 'It is the only way in. Let local accounts in first, or set another provider.');
        return [event];
      }
      case 'ChangeSignInWays': {
        const { ways, emergency } = command;
        if (ways === 'upstream' && emergency.length === 0) throw new Refusal('idp.invalid', 'Name at least one administrator whose local account works when the identity provider is away.');
        mustNotLockOut({ ...state, ways }, 'There is no identity provider that people could sign in with yet.');
        return [on.SignInWaysChanged({ ways, emergency: ways === 'upstream' ? emergency : [] })];
      }
    }
  },
};

const mustNotLockOut = (then: IdentityProviders, what: string): void => {
  if (then.ways === 'upstream' && offered(then).length === 0) throw new Refusal('idp.only_way', what);
};
