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
  readonly keys: readonly SigningKey[];
}

export type KeyCommand =
  | { readonly type: 'AddKey'; readonly kid: string; readonly alg: Alg; readonly jwk: string }
  | { readonly type: 'ActivateKey'; readonly kid: string; readonly now: number; readonly publishedUntil: number }
  | { readonly type: 'RemoveKey'; readonly kid: string; readonly now: number }
  /** At once, whatever it signed: nobody can tell any more who has it. */
  | { readonly type: 'DropKey'; readonly kid: string };

export const activeKey = ({ keys }: KeySet, alg: Alg): SigningKey | undefined =>
  keys.find((key) => key.alg === alg && key.status === 'active');

const changed = (state: KeySet, kid: string, change: Partial<SigningKey>): KeySet => ({
  keys: state.keys.map((key) => (key.kid === kid ? { ...key, ...change } : key)),
});

/** A tenant's signing keys: published before use, one active per algorithm, retired ones published until their tokens end. */
export const keySet: Decider<KeySet, KeyCommand, KeyEvent> = {
  initial: { keys: [] },

  evolve(state, { type, data }) {
    switch (type) {
      case 'SigningKeyGenerated':
        return { keys: [...state.keys, { kid: data.kid, alg: data.alg, jwk: data.jwk, status: 'published' }] };
      case 'SigningKeyActivated':
        return changed(state, data.kid, { status: 'active', activeSince: data.at });
      case 'SigningKeyRetired':
        return changed(state, data.kid, { status: 'retired', publishedUntil: data.publishedUntil });
      case 'SigningKeyRemoved':
        return { keys: state.keys.filter(({ kid }) => kid !== data.kid) };
    }
  },

  decide(command, state) {
    if (command.type === 'AddKey') {
      const { kid, alg, jwk } = command;
      return [on.SigningKeyGenerated({ kid, alg, jwk })];
    }
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
      case 'DropKey':
        return [on.SigningKeyRemoved({ kid })];
      case 'RemoveKey':
        if (key.status !== 'retired' || (key.publishedUntil ?? 0) > command.now)
          throw new Refusal('key.state', 'A key is removed only when the tokens it signed have expired.');
        return [on.SigningKeyRemoved({ kid })];
    }
  },
};
