import type { Decider } from '../kernel/decider.js';
import type { DataOf } from '../kernel/fields.js';
import { type DeploymentEvent, deploymentEvents as on } from './deployment.events.js';

export type Restore = DataOf<typeof on.LedgerRestored.fields>;

/** What concerns the deployment as a whole. */
export interface Deployment {
  /** How often it was restored from a backup: places in the log from before are about what may be forgotten. */
  readonly restores: number;
  /** Counts up with each restore that ended what was handed out. Codes and refresh tokens count only in their own era. */
  readonly era: number;
  readonly lastRestore: Restore | undefined;
  /** Nothing is issued: suspensions and revocations may be forgotten, and nobody has said yet that they are not. */
  readonly isQuarantined: boolean;
}

export type DeploymentCommand =
  | { readonly type: 'StartBackup'; readonly backup: DataOf<typeof on.BackupStarted.fields> }
  | { readonly type: 'CompleteBackup'; readonly backup: DataOf<typeof on.BackupTaken.fields> }
  | { readonly type: 'RecordRestore'; readonly restore: Restore }
  | { readonly type: 'EndQuarantine'; readonly reason: string };

/** The life of the deployment as a whole: what left it in backups, and that it came back from one. */
export const deployment: Decider<Deployment, DeploymentCommand, DeploymentEvent> = {
  initial: { restores: 0, era: 0, lastRestore: undefined, isQuarantined: false },

  evolve(state, { type, data }) {
    switch (type) {
      case 'BackupStarted':
      case 'BackupTaken':
        return state;
      case 'LedgerRestored': {
        const ended = data.sessions === 'ended';
        // One quarantine does not end because a second restore asks for none.
        return { restores: state.restores + 1, era: state.era + (ended ? 1 : 0), lastRestore: data, isQuarantined: state.isQuarantined || ended };
      }
      case 'QuarantineEnded':
        return { ...state, isQuarantined: false };
    }
  },

  decide(command, state) {
    switch (command.type) {
      case 'StartBackup':
        return [on.BackupStarted(command.backup)];
      case 'CompleteBackup':
        return [on.BackupTaken(command.backup)];
      case 'RecordRestore':
        // The hub may die between recording it and forgetting that it has to.
        return state.lastRestore?.restoreId === command.restore.restoreId ? [] : [on.LedgerRestored(command.restore)];
      case 'EndQuarantine':
        return state.isQuarantined ? [on.QuarantineEnded({ restoreId: state.lastRestore!.restoreId, reason: command.reason })] : [];
    }
  },
};
