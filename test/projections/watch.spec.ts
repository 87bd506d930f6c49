import { afterEach, describe, expect, it } from '@jest/globals';
import { START } from '../../src/domain/kernel/event.js';
import { allProjections } from '../../src/projections/all-projections.js';
import { ProjectionWatch } from '../../src/projections/feeding/watch.js';
import { record, registered, suspended } from './facts.js';
import { type Place, type Rig, before, databases } from './rig.js';

for (const { name, url, skipped } of databases) {
  const suite = skipped ? describe.skip : describe;
  suite(`watching read models that others feed, on ${name}${skipped ? ` (${skipped})` : ''}`, () => {
    let place: Place;
    let rig: Rig;
    let watch: ProjectionWatch;
    afterEach(() => watch.stop());
    before(url, (thePlace, theRig) => {
      [place, rig] = [thePlace, theRig];
      watch = new ProjectionWatch({ ledger: rig.ledger, database: place.database, clock: rig.clock, projections: allProjections });
    });

    it('says that nobody has begun, and waits no longer than it was asked to', async () => {
      expect(await watch.waitFor(START, 1)).toBe(false);
      for (const status of watch.projectionStatus()) expect(status).toMatchObject({ state: 'building', problem: 'no process has begun to feed the read models' });
      const tables = await place.source.query<unknown[]>('SELECT 1 FROM pg_tables WHERE schemaname = current_schema()');
      expect(tables).toEqual([]);
    });

    it('sees what another process has fed, and waits for what it will', async () => {
      await record(rig.ledger, [registered('agt_1')]);
      const runner = rig.start();
      await rig.settled(runner);
      expect(await watch.waitFor(await rig.ledger.head(), 20_000)).toBe(true);
      for (const status of watch.projectionStatus()) expect([status.state, status.problem, status.lagSeconds]).toEqual(['standby', undefined, 0]);
      await record(rig.ledger, [suspended('agt_1')]);
      expect(await watch.waitFor(await rig.ledger.head(), 20_000)).toBe(true);
    });

    it('tells how long what is recorded has not been taken in', async () => {
      await record(rig.ledger, [registered('agt_1')]);
      const runner = rig.start();
      await rig.settled(runner);
      await runner.stop();
      await record(rig.ledger, [suspended('agt_1')]);
      const head = await rig.ledger.head();
      expect(await watch.waitFor(head, 1)).toBe(false);
      rig.clock.advance(90);
      for (const { lagSeconds } of watch.projectionStatus()) expect(lagSeconds).toBe(90);
      await rig.settled(rig.start());
      expect(await watch.waitFor(head, 20_000)).toBe(true);
      for (const { lagSeconds } of watch.projectionStatus()) expect(lagSeconds).toBe(0);
    });
  });
}
