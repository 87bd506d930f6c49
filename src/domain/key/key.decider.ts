import type { Decider } from '../kernel/decider.js';
import { Refusal } from '../kernel/refusal.js';
import { type KeyEvent, keyEvents as on } from './key.events.js';

type Alg = 'ES256' | 'RS256';
export interface SigningKey {
  readonly kid: string;
  readonly alg: Alg;
  /** Public JWK, JSON text. */
  readonly jwk: string;
  readonly status: 'published' | 'active' | 'retired';
  readonly activeSince?: number;
  readonly publishedUntil?: number;
}
export interface KeySet {
  /** Those that are published: only what one of them signed counts. */
  readonly keys: readonly SigningKey[];
  /** Their private halves are still to be destroyed. */
  readonly revoked: readonly string[];
}

export type KeyCommand =
  | { readonly type: 'AddKey'; readonly kid: string; readonly alg: Alg; readonly jwk: string }
  | { readonly type: 'ActivateKey'; readonly kid: string; readonly now: number; readonly publishedUntil: number }
  | { readonly type: 'RemoveKey'; readonly kid: string; readonly now: number }
  /** At once, whatever it signed: nobody can tell any more who has it. The successor signs instead of it. */
  | { readonly type: 'RevokeKey'; readonly kid: string; readonly reason: string; readonly now: number };

export const activeKey = ({ keys }: Pick<KeySet, 'keys'>, alg: Alg): SigningKey | undefined =>
  keys.find((key) => key.alg === alg && key.status === 'active');

/** The one that signs next. */
export const nextKey = ({ keys }: Pick<KeySet, 'keys'>, alg: Alg): SigningKey | undefined =>
  keys.find((key) => key.alg === alg && key.status === 'published');

const changed = (state: KeySet, kid: string, change: Partial<SigningKey>): KeySet => ({
  ...state,
  keys: state.keys.map((key) => (key.kid === kid ? { ...key, ...change } : key)),
});

const without = ({ keys }: KeySet, gone: string): readonly SigningKey[] => keys.filter(({ kid }) => kid !== gone);

/** A tenant's signing keys: published before use, one active per algorithm, retired ones published until their tokens end. */
export const keySet: Decider<KeySet, KeyCommand, KeyEvent> = {
  initial: { keys: [], revoked: [] },

  evolve(state, { type, data }) {
    switch (type) {
      case 'SigningKeyGenerated':
        return { ...state, keys: [...state.keys, { kid: data.kid, alg: data.alg, jwk: data.jwk, status: 'published' }] };
      case 'SigningKeyActivated':
        return changed(state, data.kid, { status: 'active', activeSince: data.at });
      case 'SigningKeyRetired':
        return changed(state, data.kid, { status: 'retired', publishedUntil: data.publishedUntil });
      case 'SigningKeyRevoked':
        return { keys: without(state, data.kid), revoked: [...state.revoked, data.kid] };
      case 'SigningKeyRemoved':
        return { keys: without(state, data.kid), revoked: state.revoked.filter((kid) => kid !== data.kid) };
    }
  },

  decide(command, state) {
    if (command.type === 'AddKey') {
      const { kid, alg, jwk } = command;
      return [on.SigningKeyGenerated({ kid, alg, jwk })];
    }
    if (state.revoked.includes(command.kid)) return command.type === 'RemoveKey' ? [on.SigningKeyRemoved({ kid: command.kid })] : [];
    const key = state.keys.find(({ kid }) => kid === command.kid);
    if (!key) throw new Refusal('key.unknown', 'There is no such signing key.');
    const { kid, alg } = key;
    switch (command.type) {
      case 'ActivateKey': {
        if (key.status === 'active') return [];
        if (key.status === 'retired') throw new Refusal('key.state', 'A retired key does not sign again.');
        const before = activeKey(state, alg);
        const retire = before ? [on.SigningKeyRetired({ kid: before.kid, publishedUntil: command.publishedUntil })] : [];
        return [on.SigningKeyActivated({ kid, alg, at: command.now }), ...retire];
      }
      case 'RevokeKey': {
        const next = key.status === 'active' ? nextKey(state, alg) : undefined;
        return [on.SigningKeyRevoked({ kid, reason: command.reason }), ...(next ? [on.SigningKeyActivated({ kid: next.kid, alg, at: command.now })] : [])];
      }
      case 'RemoveKey':
        if (key.status !== 'retired' || (key.publishedUntil ?? 0) > command.now)
          throw new Refusal('key.state', 'A key is removed only when the tokens it signed have expired.');
        return [on.SigningKeyRemoved({ kid })];
    }
  },
};
