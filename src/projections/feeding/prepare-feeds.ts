import type { DataSource } from 'typeorm';
import { START, isAfter } from '../../domain/kernel/event.js';
import type { Ledger } from '../../domain/ports/ledger.js';
import type { Projection } from '../projection.js';
import { Feed } from './feed.js';
import { hasLandmark } from './landmark.js';
import { beginBuild, createRegistry, dropBuild, hasTables, lockRegistry, registrations } from './registry.js';

/**
 * The feeds of this version's read models as the database has them; what is missing is begun. What was read from another
 * ledger, from more of it than there is now (a restored backup), or where it has something else now, is dropped: it can't
 * be trusted to be about this one. So is what somebody has dropped a table of.
 */
export const prepareFeeds = async (source: DataSource, ledger: Ledger, projections: readonly Projection[]): Promise<readonly Feed[]> => {
  const found = await source.transaction(async (manager) => {
    await lockRegistry(manager);
    await createRegistry(manager);
    return registrations(manager);
  });
  // Between the transactions: a ledger that keeps us waiting must not keep the database's only session. And after the
  // places were read: another process may move them on, but those that we saw are not past the head that we see now.
  const [head, { events: [first] }] = await Promise.all([ledger.head(), ledger.readAll(START, 1)]);
  const held = await Promise.all(found.map(({ landmark }) => hasLandmark(ledger, landmark)));
  const foreign = found.filter(({ origin, position }, n) => position !== START && (origin !== first?.id || isAfter(position, head) || !held[n]));
  return source.transaction(async (manager) => {
    await lockRegistry(manager);
    for (const registration of foreign) await dropBuild(manager, registration); // oxlint-disable-line no-await-in-loop
    const known = await registrations(manager);
    const feeds: Feed[] = [];
    for (const projection of projections) {
      /* oxlint-disable no-await-in-loop */
      const mine = known.find(({ name, version }) => name === projection.name && version === projection.version);
      const isWhole = mine && (await hasTables(manager, mine));
      if (mine && !isWhole) await dropBuild(manager, mine);
      feeds.push(new Feed(projection, isWhole ? mine : await beginBuild(manager, projection), source));
      /* oxlint-enable no-await-in-loop */
    }
    return feeds;
  });
};
