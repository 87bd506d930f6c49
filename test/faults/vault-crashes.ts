import { DEFAULT_TENANT } from '../../src/commands/tenants/tenant-directory.js';
import { type CrashRow, always, said, work } from './crash-row.js';
import type { CrashWorld } from './crash-world.js';

const rotate = async (world: CrashWorld): Promise<string> => said(await world.admin('POST', '/api/vault/rotations'));
/** Of all rotations since the first, each is told from its beginning; this gives the last. */
const finishRotation = (world: CrashWorld) => async (): Promise<string> => {
  const told = await work(world, { name: 'continue-vault-rotation' }, `vault-${DEFAULT_TENANT}`, 'VaultRotationStarted')();
  return told.slice(Math.max(0, told.lastIndexOf('VaultRotationStarted')));
};
const ROTATED = 'VaultRotationStarted, VaultKeyActivated, VaultSecretsRewrapped, VaultSecretsRewrapped, VaultKeyRetired, VaultRotationFinished';

/** A key that the tenant holds for a service, and its connection. */
const held = async (world: CrashWorld, remove: boolean) => {
  const shape = { held_by: 'tenant', api_key: { placement: 'header', name: 'x-key' }, origins: ['https://api.example.com'] };
  const connectionId = String((await world.admin('POST', '/api/connections', { name: world.unique(), ...shape })).body['connection_id']);
  const credentialId = String((await world.admin('POST', `/api/connections/${connectionId}/credentials`, { given: { key: 'a-key-of-a-service' } })).body['credential_id']);
  if (remove) await world.admin('POST', `/api/connections/${connectionId}/remove`, { reason: 'a test' });
  return { connectionId, credentialId };
};

/** What goes out of the vault, or stands there in another way. What a worker left undone the next one finishes, once. */
export const vaultCrashes: Readonly<Record<string, CrashRow>> = {
  RotateVaultKeys: {
    appends: 1, queue: 'vault', sees: always(`200, then ${ROTATED}`),
    prepare: async (world) => {
      await finishRotation(world)();
      return { act: () => rotate(world), again: async () => `${await rotate(world)}, then ${await finishRotation(world)()}` };
    },
  },
  ContinueVaultRotation: {
    appends: 5, queue: 'vault', sees: always(ROTATED),
    prepare: async (world) => {
      await rotate(world);
      return finishRotation(world);
    },
  },
  DestroyCredential: {
    appends: 2, sees: always('200, then CredentialDestroyed, CredentialShredded'),
    prepare: async (world) => {
      const { credentialId } = await held(world, false);
      const destroy = async (): Promise<string> => said(await world.admin('POST', `/api/credentials/${credentialId}/destroy`, { reason: 'a test' }));
      // When it is gone, there is nothing left to clear away.
      const rest = work(world, { name: 'clear-credential', id: credentialId }, `credential-${credentialId}`, 'CredentialDestroyed');
      return { act: destroy, again: async () => `${await destroy()}, then ${await rest()}` };
    },
  },
  ClearAwayCredential: {
    appends: 2, sees: always('CredentialDestroyed, CredentialShredded'),
    prepare: async (world) => {
      const { credentialId } = await held(world, true);
      return work(world, { name: 'clear-credential', id: credentialId }, `credential-${credentialId}`, 'CredentialDestroyed');
    },
  },
  ClearAwayConnection: {
    appends: 1, sees: always('ConnectionRemoved, ConnectionShredded'),
    prepare: async (world) => {
      const { connectionId } = await held(world, true);
      return work(world, { name: 'clear-connection', id: connectionId }, `connection-${connectionId}`, 'ConnectionRemoved');
    },
  },
  FinishErasures: {
    appends: 0, sees: always('UserErased'),
    prepare: async (world) => {
      const { userId } = await world.person();
      await world.admin('POST', `/api/users/${userId}/erase`, { reason: 'asked for' });
      return work(world, { name: 'finish-erasures' }, `user-${userId}`, 'UserErased');
    },
  },
};
