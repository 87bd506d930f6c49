import type { Decider } from '../kernel/decider.js';
import type { DataOf } from '../kernel/fields.js';
import { type DeploymentEvent, deploymentEvents as on } from './deployment.events.js';

/** What concerns the deployment as a whole and decides something. */
export type Deployment = Readonly<Record<never, never>>;

export type DeploymentCommand =
  | { readonly type: 'StartBackup'; readonly backup: DataOf<typeof on.BackupStarted.fields> }
  | { readonly type: 'CompleteBackup'; readonly backup: DataOf<typeof on.BackupTaken.fields> };

/** The life of the deployment as a whole: what left it in backups. */
export const deployment: Decider<Deployment, DeploymentCommand, DeploymentEvent> = {
  initial: {},

  evolve: (state) => state,

  decide(command) {
    switch (command.type) {
      case 'StartBackup':
        return [on.BackupStarted(command.backup)];
      case 'CompleteBackup':
        return [on.BackupTaken(command.backup)];
    }
  },
};
