import { connection } from '../../domain/connection/connection.decider.js';
import { streams } from '../../domain/kernel/ids.js';
import { Refusal } from '../../domain/kernel/refusal.js';
import { resource } from '../../domain/resource/resource.decider.js';
import { isConnectionId } from '../derived-ids.js';
import type { LiveState } from '../live-state.js';
import { secondLook } from '../second-look.js';

/** What a grant is to give is there. `resourceId`: of a resource, or of a connection. Throws Refusal. */
export const checkScopes = async (live: LiveState, tenant: string, { resourceId: id, scopes }: { readonly resourceId: string; readonly scopes: readonly string[] }): Promise<void> => {
  const look = async () => (isConnectionId(id) ? live.entry(connection, streams.connection(id), tenant) : live.entry(resource, streams.resource(id), tenant));
  const problem = ({ state }: Awaited<ReturnType<typeof look>>): Refusal | undefined => {
    if (state.status !== 'active') return isConnectionId(id) ? new Refusal('connection.unknown', 'There is no such connection.') : new Refusal('resource.unknown', 'There is no such resource.');
    const unknown = scopes.find((scope) => !state.scopes.some(({ name }) => name === scope));
    return unknown === undefined ? undefined : new Refusal('resource.scope_unknown', `There is no scope "${unknown}" there.`);
  };
  const refusal = problem(await secondLook(live, look, (found) => problem(found) === undefined));
  if (refusal) throw refusal;
};
