import { describe, expect, it } from '@jest/globals';
import { activityEvents } from '../../src/domain/activity/activity.events.js';
import { streams } from '../../src/domain/kernel/ids.js';
import type { SubscriptionItem } from '../../src/domain/ports/ledger.js';
import { activity } from '../../src/projections/activity/activity.projection.js';
import { projection } from '../../src/projections/projection.js';
import { type Fact, TENANT, issued, record, refused, voided } from './facts.js';
import { BentLedger } from './ledgers.js';
import { type Place, Rig, before, databases } from './rig.js';
import { cancelHurried } from './scheduled-faults.js';

const MANY = 120;
/** What means something else in one of the formats on the way into a table. */
const HOSTILE = ['a\tb', 'a\\b', 'a\nb', 'a\rb', '\\N', 'NULL', '', '{}', '{"a",b}', '"', 'a,b', '\\.', '\\t', 'é✓🦉', ' '];

for (const { name, url, skipped } of databases) {
  const suite = skipped ? describe.skip : describe;
  suite(`many events at once on ${name}${skipped ? ` (${skipped})` : ''}`, () => {
    let place: Place;
    let rig: Rig;
    before(url, (thePlace, theRig) => ([place, rig] = [thePlace, theRig]));
    const issuedTo = async (agentId: string) =>
      (await place.source.query<{ issued: string }[]>('SELECT issued FROM agent_use_v1 WHERE agent_id = $1', [agentId]))[0]?.issued;

    it('each text stands in its row as it stands in its event', async () => {
      const texts = Array.from({ length: MANY }, (_, n) => HOSTILE[n % HOSTILE.length]!);
      await record(rig.ledger, texts.map((text, n): Fact => ({
        stream: streams.activity(`agt_${n}`),
        event: activityEvents.TokenRefused({ agentId: `agt_${n}`, grantType: 'client_credentials', error: 'access_denied', reason: text, scopes: [text, `${text}${text}`] }),
      })));
      await rig.settled(rig.start());
      const rows = await place.source.query<{ reason: string; scopes: string[]; jti: null }[]>('SELECT reason, scopes, jti FROM activity_v1 ORDER BY position');
      expect(rows).toEqual(texts.map((text) => ({ reason: text, scopes: [text, `${text}${text}`], jti: null })));
    });

    /** What the first of many did stands twice, so far apart that no statement has both. */
    const FAR = 2_100;
    const repeating = async (): Promise<BentLedger> => {
      let first: SubscriptionItem & { kind: 'event' };
      const ledger = new BentLedger((item) => {
        if (item.kind !== 'event') return [item];
        const { jti } = item.event.data as { readonly jti: string };
        if (jti === 'tok_0') first = item;
        const isLast = jti === `tok_${FAR - 1}`;
        return isLast ? [item, { kind: 'event', event: { ...first.event, revision: item.event.revision + 1, position: `${item.event.position}+` } }] : [item];
      });
      await record(ledger, Array.from({ length: FAR }, (_, n) => issued(n === 0 ? 'agt_first' : 'agt_other', `tok_${n}`)));
      return ledger;
    };
    const isCountedOnce = async () => {
      expect([await issuedTo('agt_first'), await issuedTo('agt_other')]).toEqual(['1', String(FAR - 1)]);
      expect(await place.source.query('SELECT count(*)::int AS rows FROM activity_v1')).toEqual([{ rows: FAR }]);
    };
    const TOLD = 'activity is built once more, with a look at each row: an event stands twice in the ledger';

    it('an event that stands twice, far apart, counts once, and the operator is told', async () => {
      const twice = new Rig(place.database, await repeating());
      await twice.settled(twice.start());
      await isCountedOnce();
      expect(twice.notes).toEqual([TOLD]);
      await twice.close();
    });

    it('what has to be built once more when the hub stops is left to the next start, and nobody feeds it meanwhile', async () => {
      const ledger = await repeating();
      const twice = new Rig(place.database, ledger);
      let stopped!: Promise<void>;
      const stopping = twice.runner([activity]);
      await new Promise<void>((resolve) => stopping.start(() => {
        stopped = stopping.stop();
        resolve();
      }));
      await stopped;
      expect(ledger.open.size).toBe(0);
      expect(await place.source.query('SELECT build, position FROM projection')).toEqual([{ build: 'next', position: '' }]);
      await twice.settled(twice.start([activity]));
      await isCountedOnce();
      expect(twice.notes).toEqual([]);
      await twice.close();
    });

    it('what the feeder has to build once more is followed by the one that stands by', async () => {
      const ledger = await repeating();
      const twice = new Rig(place.database, ledger);
      const runners = [twice.start([activity]), twice.start([activity])];
      await Promise.all(runners.map((runner) => twice.settled(runner)));
      await record(ledger, [issued('agt_first', 'tok_later')]);
      await Promise.all(runners.map((runner) => twice.settled(runner)));
      expect(await issuedTo('agt_first')).toBe('2');
      expect(runners.flatMap((runner) => runner.projectionStatus().map(({ state }) => state)).toSorted()).toEqual(['serving', 'standby']);
      await twice.close();
    });

    it('rows that are on their way when a later event can\'t be applied go back with their transaction', async () => {
      const fragile = projection({
        ...activity,
        on: {
          ...activity.on,
          TokenVoided: () => {
            throw new TypeError('no such colour');
          },
        },
      });
      // The first batch may be short; of the second, one statement's rows are on their way when the last event is met.
      const most = 2_500;
      await record(rig.ledger, [...Array.from({ length: most }, (_, n) => issued('agt_1', `tok_${n}`)), voided('agt_2', 'tok_0')]);
      await rig.settled(rig.start([fragile]));
      expect(await issuedTo('agt_1')).toBe(String(most));
      expect(rig.notes).toEqual([]);
    });

    it('one that the database can\'t take is found among them, and the others stand', async () => {
      await record(rig.ledger, Array.from({ length: MANY }, (_, n) => refused(`agt_${n}`, n === 17 ? 'NUL \0 here' : 'policy.denied')));
      const runner = rig.start();
      await rig.settled(runner);
      expect(await place.source.query('SELECT count(*)::int AS rows FROM activity_v1')).toEqual([{ rows: MANY - 1 }]);
      expect(runner.projectionStatus().find((status) => status.name === 'activity')).toMatchObject({ state: 'serving', parked: 1 });
    });

    const alone = url === undefined ? it : it.skip;
    alone(`more of them than the server lets a statement write in its time are given their time, once each${url === undefined ? '' : ' (sessions of a pool can\'t be told apart)'}`, async () => {
      const runner = rig.start();
      await rig.settled(runner);
      await cancelHurried(place.source, 'activity_v1');
      await record(rig.ledger, Array.from({ length: MANY }, (_, n) => issued(`agt_${n % 7}`, `tok_${n}`)));
      await rig.settled(runner);
      expect(await place.source.query('SELECT count(*)::int AS rows FROM activity_v1')).toEqual([{ rows: MANY }]);
      expect(await place.source.query('SELECT sum(issued)::int AS issued FROM agent_use_v1')).toEqual([{ issued: MANY }]);
      expect(runner.projectionStatus().find((status) => status.name === 'activity')).toMatchObject({ state: 'serving', parked: 0 });
      // Who asks is held to it as before.
      expect(await place.source.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '30s' }]);
      await place.source.query('RESET statement_timeout');
    });

    it('what changes again and again is the same as if it had been read each time', async () => {
      const runner = rig.start();
      for (let round = 1; round <= 3; round += 1) {
        await record(rig.ledger, Array.from({ length: MANY }, (_, n) => issued(`agt_${n % 7}`, `tok_${round}_${n}`)));
        await rig.settled(runner);
        const total = await place.source.query<{ issued: number }[]>('SELECT sum(issued)::int AS issued FROM agent_use_v1');
        expect(total).toEqual([{ issued: round * MANY }]);
      }
      expect(await place.source.query('SELECT count(*)::int AS rows FROM activity_v1 WHERE tenant = $1', [TENANT])).toEqual([{ rows: 3 * MANY }]);
    });
  });
}
