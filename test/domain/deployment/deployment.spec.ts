import { describe, expect, it } from '@jest/globals';
import { type Restore, deployment } from '../../../src/domain/deployment/deployment.decider.js';
import { fold } from '../../../src/domain/kernel/decider.js';

const restore = (restoreId: string, sessions: Restore['sessions']): Restore => ({
  restoreId, backupId: 'bak_1', takenAt: 1, through: '0000000000000009', events: 9, ledgerDigest: 'd', sessions,
});
const after = (...commands: Parameters<typeof deployment.decide>[0][]) =>
  commands.reduce((state, command) => fold({ initial: state, evolve: deployment.evolve }, deployment.decide(command, state)), deployment.initial);

describe('a deployment', () => {
  it('that was never restored is in its first era and in no quarantine, however many backups left it', () => {
    const backup = { backupId: 'bak_1', through: '', events: 0, ledgerDigest: 'd', secrets: 0, vaultDigest: 'd' };
    const state = after({ type: 'StartBackup', backup: { backupId: 'bak_1', withMasterKey: false } }, { type: 'CompleteBackup', backup });
    expect(state).toEqual({ restores: 0, era: 0, lastRestore: undefined, isQuarantined: false });
  });

  it('that was restored is in quarantine and in another era', () => {
    expect(after({ type: 'RecordRestore', restore: restore('rst_1', 'ended') })).toMatchObject({ restores: 1, era: 1, isQuarantined: true });
  });

  it('goes on in its era and in no quarantine when somebody vouched for it, but places in the log count anew', () => {
    expect(after({ type: 'RecordRestore', restore: restore('rst_1', 'kept') })).toMatchObject({ restores: 1, era: 0, isQuarantined: false });
  });

  it('records a restore once, however often it is told of it', () => {
    const state = after({ type: 'RecordRestore', restore: restore('rst_1', 'ended') });
    expect(deployment.decide({ type: 'RecordRestore', restore: restore('rst_1', 'ended') }, state)).toEqual([]);
    expect(deployment.decide({ type: 'RecordRestore', restore: restore('rst_2', 'ended') }, state)).toHaveLength(1);
  });

  it('leaves quarantine once, by somebody\'s word, and not by a second restore that asks for none', () => {
    const state = after({ type: 'RecordRestore', restore: restore('rst_1', 'ended') }, { type: 'RecordRestore', restore: restore('rst_2', 'kept') });
    expect(state).toMatchObject({ era: 1, restores: 2, isQuarantined: true });
    const [ended] = deployment.decide({ type: 'EndQuarantine', reason: 'looked at' }, state);
    expect(ended).toEqual({ type: 'QuarantineEnded', data: { restoreId: 'rst_2', reason: 'looked at' } });
    const released = deployment.evolve(state, ended!);
    expect(released).toMatchObject({ era: 1, isQuarantined: false });
    expect(deployment.decide({ type: 'EndQuarantine', reason: 'again' }, released)).toEqual([]);
  });
});
