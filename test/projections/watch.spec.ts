import { afterEach, describe, expect, it } from '@jest/globals';
import { START } from '../../src/domain/kernel/event.js';
import { allProjections } from '../../src/projections/all-projections.js';
import { ProjectionWatch } from '../../src/projections/feeding/watch.js';
import { activity } from '../../src/projections/activity/activity.projection.js';
import { Fenced } from '../../src/projections/feeding/feed.js';
import { prepareFeeds } from '../../src/projections/feeding/prepare-feeds.js';
import { gate } from '../jobs/recorder.js';
import { issued, record, registered, suspended } from './facts.js';
import { BentLedger } from './ledgers.js';
import { type Place, Rig, before, databases } from './rig.js';

const FED = [issued('agt_1', 'tok_1'), issued('agt_1', 'tok_2'), issued('agt_2', 'tok_3')];

for (const { name, url, skipped } of databases) {
  const suite = skipped ? describe.skip : describe;
  suite(`read models that others feed, on ${name}${skipped ? ` (${skipped})` : ''}`, () => {
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

    describe('a build that two have brought to the end of the ledger', () => {
      /** They are told that they have caught up one by one, in the order of their starts. */
      const told = () => {
        const gates = [gate(), gate()];
        let asked = 0;
        const ledger = new BentLedger(async (item) => {
          if (item.kind === 'caughtUp') await gates[(asked += 1) - 1]?.opened;
          return [item];
        });
        return { ledger, asked: () => asked, first: gates[0]!.open, second: gates[1]!.open };
      };
      const until = async (isSo: () => unknown): Promise<void> => {
        for (let looks = 0; !(await isSo()) && looks < 3_000; looks += 1) await place.source.query('SELECT 1');
        expect(await isSo()).toBeTruthy();
      };
      const issuedTo = async (agentId: string) =>
        (await place.source.query<{ issued: string }[]>('SELECT issued FROM agent_use_v1 WHERE agent_id = $1', [agentId]))[0]?.issued;
      const stateOf = (runner: ReturnType<Rig['start']>) => runner.projectionStatus()[0]!;
      const isBuilt = async (version: number, at: string) =>
        (await place.source.query<object[]>(`SELECT 1 FROM projection WHERE build = 'next' AND version = $1 AND position = $2`, [version, at])).length === 1;

      it('is switched by one of them, and the other stands by without beginning again', async () => {
        const { ledger, asked, first, second } = told();
        const both = new Rig(place.database, ledger);
        await record(ledger, FED);
        const one = both.start([activity]);
        await until(async () => asked() === 1 && isBuilt(1, await ledger.head()));
        const other = both.start([activity]);
        await until(() => asked() === 2);
        first();
        await both.settled(one);
        second();
        await both.settled(other);
        await record(ledger, [issued('agt_1', 'tok_4')]);
        await Promise.all([both.settled(one), both.settled(other)]);
        expect([both.notes, [one, other].map((runner) => stateOf(runner).state).toSorted()]).toEqual([['activity is fed by another process'], ['serving', 'standby']]);
        expect(await issuedTo('agt_1')).toBe('3');
        await both.close();
      });

      it('is left to the version that came first, and the other says that it has lost', async () => {
        const { ledger, asked, first, second } = told();
        const both = new Rig(place.database, ledger);
        await record(ledger, FED);
        const later = both.start([{ ...activity, version: 2 }]);
        await until(async () => asked() === 1 && isBuilt(2, await ledger.head()));
        const former = both.start([activity]);
        await until(async () => asked() === 2 && isBuilt(1, await ledger.head()));
        first();
        await both.settled(later);
        second();
        await until(() => stateOf(former).state === 'stopped');
        expect(stateOf(former).problem).toContain('another version');
        await record(ledger, [issued('agt_1', 'tok_4')]);
        await both.settled(later);
        expect(both.notes).toEqual(['activity is fed by another process']);
        await both.close();
      });

      it('comes back when the version that took it over is gone', async () => {
        await record(rig.ledger, FED);
        const later = rig.start([{ ...activity, version: 2 }]);
        await rig.settled(later);
        // An old node that is restarted while the new ones are there already.
        const former = rig.start([activity]);
        await rig.settled(former);
        await record(rig.ledger, [issued('agt_1', 'tok_4')]);
        await until(() => stateOf(later).state === 'stopped');
        await rig.settled(former);
        await former.stop();
        await record(rig.ledger, [issued('agt_1', 'tok_5')]);
        await until(() => stateOf(later).state === 'serving');
        await rig.settled(later);
        expect(await place.source.query(`SELECT issued FROM agent_use_v2 WHERE agent_id = 'agt_1'`)).toEqual([{ issued: '4' }]);
      });

      it('goes on from where the one has brought it that did not switch it', async () => {
        await record(rig.ledger, FED);
        const feed = async () => (await prepareFeeds(place.source, rig.ledger, [activity]))[0]!;
        const all = async () => (await rig.ledger.readAll(START, 100)).events;
        const [one, other] = [await feed(), await feed()];
        await other.apply(other.take(await all()), await rig.ledger.head());
        await one.serve();
        expect([one.build, one.position]).toEqual(['serving', other.position]);
        await record(rig.ledger, [issued('agt_1', 'tok_4')]);
        await expect(other.apply(other.take(await all()), await rig.ledger.head())).rejects.toThrow(Fenced);
        await one.apply(one.take(await all()), await rig.ledger.head());
        expect(await issuedTo('agt_1')).toBe('3');
      });
    });
  });
}
