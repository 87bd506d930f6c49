import type { Decider } from '../kernel/decider.js';
import type { DataOf } from '../kernel/fields.js';
import { type VaultEvent, vaultEvents as on } from './vault.events.js';

export type Round = DataOf<typeof on.VaultSecretsRewrapped.fields>['round'];
/** How far one look at all secrets is. */
interface Look {
  readonly round: Round;
  readonly checked: number;
  readonly rewrapped: number;
  readonly left: number;
  readonly through?: string | undefined;
}
export interface Rotation {
  readonly rotationId: string;
  readonly secrets: number;
  /** Undefined until the key wraps. */
  readonly key?: { readonly keyId: string; readonly at: number };
  /** Undefined before the first look. */
  readonly look?: Look & { readonly isDone: boolean };
  /** Keys that are still to be destroyed. */
  readonly former: readonly string[];
  readonly isFinished: boolean;
}
/** The last rotation, or the one under way. */
export interface VaultCare {
  readonly rotation: Rotation | undefined;
}

export type VaultCommand =
  | { readonly type: 'StartRotation'; readonly rotationId: string; readonly provider: string; readonly secrets: number; readonly at: number }
  | { readonly type: 'ActivateKey'; readonly rotationId: string; readonly keyId: string; readonly former: readonly string[]; readonly at: number }
  /** `after`: where the batch began, so that of two nodes at it one counts. */
  | { readonly type: 'RecordBatch'; readonly rotationId: string; readonly round: Round; readonly after: string | undefined; readonly batch: Pick<Look, 'checked' | 'rewrapped' | 'left' | 'through'> & { readonly unopened: readonly string[] } }
  | { readonly type: 'RetireKey'; readonly rotationId: string; readonly keyId: string }
  | { readonly type: 'FinishRotation'; readonly rotationId: string };

/**
 * Seconds from the moment on which a key wraps until everything is looked at once more. Whatever was being sealed under a
 * former key at that moment is in the vault by then, so what the second look has seen is all that there is under it.
 */
export const SETTLING = 600;

export type Step = { readonly do: 'activate' } | { readonly do: 'finish' } | { readonly do: 'nothing' } | { readonly do: 'look'; readonly round: Round; readonly after: string | undefined } | { readonly do: 'retire'; readonly keyId: string };

/** What is to be done next, at this time. */
export const nextStep = ({ rotation }: VaultCare, now: number): Step => {
  if (!rotation || rotation.isFinished) return { do: 'nothing' };
  const { key, look, former } = rotation;
  if (!key) return { do: 'activate' };
  if (!look) return { do: 'look', round: 'first', after: undefined };
  if (!look.isDone) return { do: 'look', round: look.round, after: look.through };
  if (look.round === 'first') return now >= key.at + SETTLING ? { do: 'look', round: 'second', after: undefined } : { do: 'nothing' };
  // What does not open may open again when somebody puts a backup back; its key is not taken away.
  const [keyId] = look.left > 0 ? [] : former;
  return keyId === undefined ? { do: 'finish' } : { do: 'retire', keyId };
};

/** The care of the keys that credentials are sealed with. One rotation at a time. */
export const vaultCare: Decider<VaultCare, VaultCommand, VaultEvent> = {
  initial: { rotation: undefined },

  evolve({ rotation }, { type, data }) {
    if (type === 'VaultRotationStarted') return { rotation: { rotationId: data.rotationId, secrets: data.secrets, former: [], isFinished: false } };
    if (!rotation) return { rotation };
    switch (type) {
      case 'VaultKeyActivated':
        return { rotation: { ...rotation, key: { keyId: data.keyId, at: data.at }, former: data.former } };
      case 'VaultSecretsRewrapped': {
        const { rotationId: _, unopened: __, ...look } = data;
        return { rotation: { ...rotation, look: { ...look, isDone: data.through === undefined } } };
      }
      case 'VaultKeyRetired':
        return { rotation: { ...rotation, former: rotation.former.filter((keyId) => keyId !== data.keyId) } };
      case 'VaultRotationFinished':
        return { rotation: { ...rotation, isFinished: true } };
    }
  },

  decide(command, state) {
    if (command.type === 'StartRotation') {
      const { type: _, ...start } = command;
      return state.rotation && !state.rotation.isFinished ? [] : [on.VaultRotationStarted(start)];
    }
    const { rotation } = state;
    // Another node has gone on meanwhile: what this one did was done twice, which harms nothing, and is told once.
    if (!rotation || rotation.isFinished || rotation.rotationId !== command.rotationId) return [];
    const { rotationId } = rotation;
    switch (command.type) {
      case 'ActivateKey':
        return rotation.key ? [] : [on.VaultKeyActivated({ rotationId, keyId: command.keyId, former: command.former, at: command.at })];
      case 'RecordBatch': {
        const before = rotation.look?.round === command.round ? rotation.look : undefined;
        if (before?.isDone || before?.through !== command.after || (rotation.look?.round === 'second' && command.round === 'first')) return [];
        const { checked, rewrapped, left, unopened, through } = command.batch;
        const soFar = before ?? { checked: 0, rewrapped: 0, left: 0 };
        return [on.VaultSecretsRewrapped({
          rotationId, round: command.round, checked: soFar.checked + checked, rewrapped: soFar.rewrapped + rewrapped, left: soFar.left + left, ...(unopened.length === 0 ? {} : { unopened }), ...(through === undefined ? {} : { through }),
        })];
      }
      case 'RetireKey':
        return rotation.former.includes(command.keyId) ? [on.VaultKeyRetired({ rotationId, keyId: command.keyId })] : [];
      case 'FinishRotation':
        return rotation.look?.round !== 'second' || !rotation.look.isDone ? [] : [on.VaultRotationFinished({ rotationId, left: rotation.look.left })];
    }
  },
};
