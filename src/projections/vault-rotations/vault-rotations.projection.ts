import { projection } from '../projection.js';
import { nullable, ordered, table, text, texts, whole } from '../table.js';

export const vaultRotationsTable = table({
  name: 'vault_rotations',
  key: ['tenant', 'rotationId'],
  columns: {
    tenant: text(), rotationId: text(), provider: text(), status: text<'waiting' | 'first' | 'settling' | 'second' | 'finished'>(),
    /** What there was at its beginning, and how far the look that is under way has come. */
    secrets: whole(), checked: whole(), rewrapped: whole(), unopened: whole(),
    /** The first of those that did not open, each by its tenant and its credential. */
    unopenedNames: texts(),
    keyId: nullable(text()), activatedAt: nullable(whole()), retired: texts(),
    startedAt: ordered(), finishedAt: nullable(ordered()), position: ordered(),
  },
  indexes: [['tenant', 'position']],
});

const MOST_NAMED = 100;

/** How far it is to bring everything that is held under another key. */
export const vaultRotations = projection({
  name: 'vault-rotations',
  version: 2,
  tables: [vaultRotationsTable],
  on: {
    VaultRotationStarted: ({ tenant, data: { rotationId, provider, secrets }, recordedAt, position }) => vaultRotationsTable.put({
      tenant, rotationId, provider, status: 'waiting', secrets, checked: 0, rewrapped: 0, unopened: 0, unopenedNames: [], keyId: null, activatedAt: null, retired: [],
      startedAt: recordedAt, finishedAt: null, position,
    }),
    VaultKeyActivated: ({ tenant, data: { rotationId, keyId, at } }) => vaultRotationsTable.update({ tenant, rotationId }, { status: 'first', keyId, activatedAt: at }),
    VaultSecretsRewrapped: ({ tenant, data: { rotationId, round, checked, rewrapped, left, unopened = [], through } }) =>
      vaultRotationsTable.update({ tenant, rotationId }, (row) => ({
        // The second look finds what came in between; what the first has done stays told.
        checked, unopened: left, unopenedNames: [...new Set([...(row.status === 'settling' ? [] : row.unopenedNames), ...unopened])].slice(0, MOST_NAMED), rewrapped: round === 'first' ? rewrapped : Math.max(row.rewrapped, rewrapped), status: round === 'first' && through === undefined ? 'settling' : round,
      })),
    VaultKeyRetired: ({ tenant, data: { rotationId, keyId } }) => vaultRotationsTable.update({ tenant, rotationId }, ({ retired }) => ({ retired: [...retired.filter((one) => one !== keyId), keyId] })),
    VaultRotationFinished: ({ tenant, data: { rotationId, left }, recordedAt }) => vaultRotationsTable.update({ tenant, rotationId }, { status: 'finished', unopened: left, finishedAt: recordedAt }),
  },
});
